import type { DeviceRequest } from "../pod/container_resources.ts";
import type { Container } from "../pod/model.ts";
import type { ComposeService } from "./model.ts";
import type { ComposeDeviceRequest } from "./model_deploy.ts";

/** Device files, and devices asked for by what they can do (GPUs, CDI names). */
export function devicesOf(
  service: ComposeService,
): Pick<Container, "devices" | "deviceRequests" | "deviceCgroupRules"> {
  const devices = service.devices ?? [];
  const interfaceNames = devices.filter(({ source }) => isContainerDeviceInterfaceName(source));
  const requests: DeviceRequest[] = [
    ...(service.deploy?.resources.reservations?.devices ?? []).map((request) => requestOf(request, [])),
    ...(service.gpus ?? []).map((request) => requestOf(request, ["gpu"])),
  ];
  if (interfaceNames.length > 0) {
    requests.push({
      driver: "cdi",
      count: 0,
      deviceIds: interfaceNames.map(({ source }) => source),
      capabilities: [],
      options: {},
    });
  }
  return {
    devices: devices
      .filter(({ source }) => !isContainerDeviceInterfaceName(source))
      .map(({ source, target, permissions }) => ({ source, target, permissions: permissions ?? "rwm" })),
    deviceRequests: requests,
    deviceCgroupRules: service.device_cgroup_rules ?? [],
  };
}

/** `vendor.example/class=name`, as the Container Device Interface defines it. */
function isContainerDeviceInterfaceName(text: string): boolean {
  return /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=\S+$/.test(text);
}

function requestOf(request: ComposeDeviceRequest, capabilities: readonly string[]): DeviceRequest {
  const deviceIds = request.device_ids ?? [];
  return {
    driver: request.driver ?? "",
    // Ids say how many by themselves; otherwise the specification's default is all.
    count: request.count ?? (deviceIds.length > 0 ? 0 : -1),
    deviceIds,
    capabilities: [[...(request.capabilities ?? []), ...capabilities]],
    options: request.options ?? {},
  };
}
