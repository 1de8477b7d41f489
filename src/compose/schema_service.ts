/** What may stand in a service. */

import type { Rule } from "./schema.ts";
import {
  anyKey,
  boolean,
  command,
  deviceRequestFields,
  fileReferences,
  flag,
  hook,
  hosts,
  initHook,
  integerOrText,
  keyValues,
  limits,
  numberOrText,
  resourceName,
  text,
  textOrNull,
  textOrTexts,
  textsOrNumbers,
  throttles,
  uniqueTexts,
} from "./schema_parts.ts";
import {
  build,
  dependsOn,
  deploy,
  develop,
  healthcheck,
  mount,
  port,
  serviceNetworks,
} from "./schema_service_fields.ts";

/** The rule of one service. */
export const serviceRule: Rule = {
  mapping: {
    fields: {
      annotations: keyValues,
      attach: flag,
      blkio_config: {
        mapping: {
          fields: {
            device_read_bps: throttles,
            device_read_iops: throttles,
            device_write_bps: throttles,
            device_write_iops: throttles,
            weight: integerOrText,
            weight_device: {
              list: { items: { mapping: { fields: { path: text, weight: integerOrText }, closed: true } } },
            },
          },
          closed: true,
        },
      },
      build,
      cap_add: uniqueTexts,
      cap_drop: uniqueTexts,
      cgroup: { text: { oneOf: ["host", "private"] } },
      cgroup_parent: text,
      command,
      configs: fileReferences,
      // Docker Compose looks for the pattern anywhere in the name; the engine is stricter.
      container_name: {
        text: {
          pattern: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/,
          meaning: "a name of two or more letters, digits, '_', '.' and '-'",
        },
      },
      cpu_count: { text: true, number: { integer: true, least: 0 } },
      cpu_percent: { text: true, number: { integer: true, least: 0, most: 100 } },
      cpu_period: numberOrText,
      cpu_quota: numberOrText,
      cpu_rt_period: numberOrText,
      cpu_rt_runtime: numberOrText,
      cpu_shares: numberOrText,
      cpus: numberOrText,
      cpuset: text,
      credential_spec: { mapping: { fields: { config: text, file: text, registry: text } } },
      depends_on: dependsOn,
      deploy,
      develop,
      device_cgroup_rules: uniqueTexts,
      devices: {
        list: {
          items: {
            text: true,
            mapping: { fields: { source: text, target: text, permissions: text }, required: ["source"] },
          },
        },
      },
      dns: textOrTexts,
      dns_opt: uniqueTexts,
      dns_search: textOrTexts,
      domainname: text,
      entrypoint: command,
      env_file: {
        text: true,
        list: {
          items: {
            text: true,
            mapping: {
              fields: { path: text, format: text, required: flag },
              required: ["path"],
              closed: true,
            },
          },
        },
      },
      environment: keyValues,
      expose: textsOrNumbers,
      extends: {
        text: true,
        mapping: { fields: { service: text, file: text }, required: ["service"], closed: true },
      },
      external_links: uniqueTexts,
      extra_hosts: hosts,
      gpus: {
        text: { oneOf: ["all"] },
        list: { items: { mapping: { fields: deviceRequestFields, open: true } } },
      },
      group_add: textsOrNumbers,
      healthcheck,
      hostname: text,
      image: text,
      init: flag,
      ipc: text,
      isolation: text,
      label_file: { text: true, list: { items: text } },
      labels: keyValues,
      links: uniqueTexts,
      logging: {
        mapping: {
          fields: {
            driver: text,
            options: {
              mapping: {
                others: { pattern: anyKey, rule: { text: true, number: true, null: true } },
                open: true,
              },
            },
          },
        },
      },
      mac_address: text,
      mem_limit: numberOrText,
      mem_reservation: integerOrText,
      mem_swappiness: integerOrText,
      memswap_limit: numberOrText,
      models: {
        list: { items: text, unique: true },
        mapping: {
          others: {
            pattern: resourceName,
            rule: { null: true, mapping: { fields: { endpoint_var: text, model_var: text } } },
          },
          open: true,
        },
      },
      network_mode: text,
      networks: serviceNetworks,
      oom_kill_disable: flag,
      oom_score_adj: { text: true, number: { integer: true, least: -1000, most: 1000 } },
      pid: textOrNull,
      pids_limit: numberOrText,
      platform: text,
      ports: { list: { items: port, unique: true } },
      post_start: { list: { items: hook } },
      pre_start: { list: { items: initHook } },
      pre_stop: { list: { items: hook } },
      privileged: flag,
      profiles: uniqueTexts,
      provider: {
        mapping: {
          fields: {
            type: text,
            options: {
              mapping: {
                others: {
                  pattern: anyKey,
                  rule: {
                    text: true,
                    number: true,
                    boolean: true,
                    list: { items: { text: true, number: true, boolean: true } },
                  },
                },
                open: true,
              },
            },
          },
          required: ["type"],
        },
      },
      // Docker Compose looks for the pattern anywhere in the text.
      pull_policy: {
        text: {
          pattern: /always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+/,
          meaning:
            "always, never, missing, if_not_present, build, refresh, daily, weekly or every_<duration>",
        },
      },
      pull_refresh_after: text,
      read_only: flag,
      restart: text,
      runtime: text,
      scale: integerOrText,
      secrets: fileReferences,
      security_opt: uniqueTexts,
      shm_size: numberOrText,
      stdin_open: flag,
      stop_grace_period: text,
      stop_signal: text,
      storage_opt: { mapping: { open: true } },
      sysctls: keyValues,
      tmpfs: textOrTexts,
      tty: flag,
      ulimits: limits,
      use_api_socket: boolean,
      user: text,
      userns_mode: text,
      uts: text,
      volumes: { list: { items: mount, unique: true } },
      volumes_from: uniqueTexts,
      working_dir: text,
    },
  },
};
