/** Commands, images, volumes and networks of containers. */

import type { ContainerID, Credential, Empty, Labels, Parameter, Parameters } from "./messages_basics.ts";
import type { LinuxInfo, RLimitInfo, TTYInfo } from "./messages_linux.ts";

/** Environment variables. */
export interface Environment {
  readonly variables?: readonly EnvironmentVariable[];
}

/** One environment variable, plain or of a secret. */
export interface EnvironmentVariable {
  readonly name: string;
  /** Absent means VALUE. */
  readonly type?: EnvironmentVariableType;
  readonly value?: string;
  readonly secret?: Secret;
}

/** Whether `value` or `secret` holds it. */
export type EnvironmentVariableType = "UNKNOWN" | "VALUE" | "SECRET";

/** A secret, by value or by reference to a store. */
export interface Secret {
  readonly type?: SecretType;
  readonly reference?: SecretReference;
  readonly value?: SecretValue;
}

/** Whether `reference` or `value` holds it. */
export type SecretType = "UNKNOWN" | "REFERENCE" | "VALUE";

/** Where a store keeps the secret. */
export interface SecretReference {
  readonly name: string;
  readonly key?: string;
}

/** The secret itself. */
export interface SecretValue {
  readonly data: Uint8Array;
}

/** A command, what is to be fetched for it, and its environment. */
export interface CommandInfo {
  readonly uris?: readonly CommandInfoURI[];
  readonly environment?: Environment;
  /** Absent means true. */
  readonly shell?: boolean;
  readonly value?: string;
  readonly arguments?: readonly string[];
  readonly user?: string;
}

/** One thing to fetch into the sandbox. */
export interface CommandInfoURI {
  readonly value: string;
  readonly executable?: boolean;
  /** Absent means true. */
  readonly extract?: boolean;
  readonly cache?: boolean;
  readonly output_file?: string;
}

/** A container image. */
export interface Image {
  readonly type: ImageType;
  readonly appc?: ImageAppc;
  readonly docker?: ImageDocker;
  /** Absent means true. */
  readonly cached?: boolean;
}

/** The kinds of images. */
export type ImageType = "APPC" | "DOCKER";

/** An appc image. */
export interface ImageAppc {
  readonly name: string;
  readonly id?: string;
  readonly labels?: Labels;
}

/** A Docker image; `config` is a Docker client configuration with credentials. */
export interface ImageDocker {
  readonly name: string;
  /** Deprecated by Mesos. */
  readonly credential?: Credential;
  readonly config?: Secret;
}

/** How mounts travel between host and container. */
export interface MountPropagation {
  readonly mode?: MountPropagationMode;
}

/** Directions of mount propagation. */
export type MountPropagationMode = "UNKNOWN" | "HOST_TO_CONTAINER" | "BIDIRECTIONAL";

/** Something of the host, mounted into a container. */
export interface Volume {
  readonly mode: VolumeMode;
  readonly container_path: string;
  readonly host_path?: string;
  readonly image?: Image;
  readonly source?: VolumeSource;
}

/** Whether it may be written. */
export type VolumeMode = "RW" | "RO";

/** Where a volume comes from, if not from `host_path`. */
export interface VolumeSource {
  readonly type?: VolumeSourceType;
  readonly docker_volume?: VolumeSourceDockerVolume;
  readonly host_path?: VolumeSourceHostPath;
  readonly sandbox_path?: VolumeSourceSandboxPath;
  readonly secret?: Secret;
  readonly csi_volume?: VolumeSourceCSIVolume;
}

/** The kinds of volume sources. */
export type VolumeSourceType =
  | "UNKNOWN"
  | "DOCKER_VOLUME"
  | "HOST_PATH"
  | "SANDBOX_PATH"
  | "SECRET"
  | "CSI_VOLUME";

/** A volume of a Docker volume driver. */
export interface VolumeSourceDockerVolume {
  readonly driver?: string;
  readonly name: string;
  readonly driver_options?: Parameters;
}

/** A path of the host. */
export interface VolumeSourceHostPath {
  readonly path: string;
  readonly mount_propagation?: MountPropagation;
}

/** A path of the sandbox, or of that of the parent container. */
export interface VolumeSourceSandboxPath {
  readonly type?: VolumeSourceSandboxPathType;
  readonly path: string;
}

/** Whose sandbox it is. */
export type VolumeSourceSandboxPathType = "UNKNOWN" | "SELF" | "PARENT";

/** A volume of a CSI plugin. */
export interface VolumeSourceCSIVolume {
  readonly plugin_name: string;
  readonly static_provisioning?: VolumeSourceCSIVolumeStaticProvisioning;
}

/** How a CSI volume is to be used: exactly one of `block` and `mount`. */
export interface VolumeSourceCSIVolumeVolumeCapability {
  readonly block?: VolumeSourceCSIVolumeVolumeCapabilityBlockVolume;
  readonly mount?: VolumeSourceCSIVolumeVolumeCapabilityMountVolume;
  readonly access_mode: VolumeSourceCSIVolumeVolumeCapabilityAccessMode;
}

/** Present on a volume that is used as a block device. */
export type VolumeSourceCSIVolumeVolumeCapabilityBlockVolume = Empty;

/** A volume that is mounted. */
export interface VolumeSourceCSIVolumeVolumeCapabilityMountVolume {
  readonly fs_type?: string;
  readonly mount_flags?: readonly string[];
}

/** Who may use a CSI volume at a time. */
export interface VolumeSourceCSIVolumeVolumeCapabilityAccessMode {
  readonly mode: VolumeSourceCSIVolumeVolumeCapabilityAccessModeMode;
}

/** The access modes of CSI. */
export type VolumeSourceCSIVolumeVolumeCapabilityAccessModeMode =
  | "UNKNOWN"
  | "SINGLE_NODE_WRITER"
  | "SINGLE_NODE_READER_ONLY"
  | "MULTI_NODE_READER_ONLY"
  | "MULTI_NODE_SINGLE_WRITER"
  | "MULTI_NODE_MULTI_WRITER";

/** A CSI volume that is there already. */
export interface VolumeSourceCSIVolumeStaticProvisioning {
  readonly volume_id: string;
  readonly volume_capability: VolumeSourceCSIVolumeVolumeCapability;
  readonly node_stage_secrets?: Readonly<Record<string, Secret>>;
  readonly node_publish_secrets?: Readonly<Record<string, Secret>>;
  readonly volume_context?: Readonly<Record<string, string>>;
}

/** One network of a container: wanted in a TaskInfo, real in a ContainerStatus. */
export interface NetworkInfo {
  readonly ip_addresses?: readonly NetworkInfoIPAddress[];
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly labels?: Labels;
  readonly port_mappings?: readonly NetworkInfoPortMapping[];
}

/** Version of the Internet Protocol. */
export type NetworkInfoProtocol = "IPv4" | "IPv6";

/** An address, wanted or real. */
export interface NetworkInfoIPAddress {
  /** Absent means IPv4. */
  readonly protocol?: NetworkInfoProtocol;
  readonly ip_address?: string;
}

/** A port of the host that leads to one of the container. */
export interface NetworkInfoPortMapping {
  readonly host_port: number;
  readonly container_port: number;
  readonly protocol?: string;
}

/** The container that a task or an executor runs in. */
export interface ContainerInfo {
  readonly type: ContainerInfoType;
  readonly volumes?: readonly Volume[];
  readonly hostname?: string;
  readonly docker?: ContainerInfoDockerInfo;
  readonly mesos?: ContainerInfoMesosInfo;
  readonly network_infos?: readonly NetworkInfo[];
  readonly linux_info?: LinuxInfo;
  readonly rlimit_info?: RLimitInfo;
  readonly tty_info?: TTYInfo;
}

/** Which containerizer runs it. */
export type ContainerInfoType = "DOCKER" | "MESOS";

/** A Docker container. */
export interface ContainerInfoDockerInfo {
  readonly image: string;
  /** Absent means HOST. */
  readonly network?: ContainerInfoDockerInfoNetwork;
  readonly port_mappings?: readonly ContainerInfoDockerInfoPortMapping[];
  readonly privileged?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly force_pull_image?: boolean;
  /** Deprecated by Mesos. */
  readonly volume_driver?: string;
}

/** The network mode of a Docker container; with USER the first NetworkInfo names the network. */
export type ContainerInfoDockerInfoNetwork = "HOST" | "BRIDGE" | "NONE" | "USER";

/** A published port. */
export interface ContainerInfoDockerInfoPortMapping {
  readonly host_port: number;
  readonly container_port: number;
  readonly protocol?: string;
}

/** A container of the Mesos containerizer. */
export interface ContainerInfoMesosInfo {
  readonly image?: Image;
}

/** What is known of a running container. */
export interface ContainerStatus {
  readonly container_id?: ContainerID;
  readonly network_infos?: readonly NetworkInfo[];
  readonly cgroup_info?: CgroupInfo;
  readonly executor_pid?: number;
}

/** What is known of the control groups of a container. */
export interface CgroupInfo {
  readonly net_cls?: CgroupInfoNetCls;
}

/** The net_cls class of a container. */
export interface CgroupInfoNetCls {
  readonly classid?: number;
}
