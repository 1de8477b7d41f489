/** What may stand in the larger fields of a service. */

import type { Rule } from "./schema.ts";
import {
  boolean,
  deviceRequestFields,
  fileReferences,
  flag,
  hook,
  hosts,
  integerOrText,
  keyValues,
  limits,
  number,
  numberOrText,
  options,
  resourceName,
  text,
  textOrTexts,
  texts,
  uniqueTexts,
} from "./schema_parts.ts";

/** `build`. */
export const build: Rule = {
  text: true,
  mapping: {
    fields: {
      context: text,
      dockerfile: text,
      dockerfile_inline: text,
      entitlements: texts,
      args: keyValues,
      ssh: keyValues,
      labels: keyValues,
      cache_from: texts,
      cache_to: texts,
      no_cache: flag,
      no_cache_filter: textOrTexts,
      additional_contexts: keyValues,
      network: text,
      provenance: flag,
      sbom: flag,
      pull: flag,
      target: text,
      shm_size: integerOrText,
      extra_hosts: hosts,
      isolation: text,
      privileged: flag,
      secrets: fileReferences,
      tags: texts,
      ulimits: limits,
      platforms: texts,
    },
  },
};

/** `deploy.update_config` and `deploy.rollback_config`. */
export const updateConfig: Rule = {
  mapping: {
    fields: {
      parallelism: integerOrText,
      delay: text,
      failure_action: text,
      monitor: text,
      max_failure_ratio: numberOrText,
      order: { text: { oneOf: ["start-first", "stop-first"] } },
    },
  },
};

/** `deploy`. */
export const deploy: Rule = {
  null: true,
  mapping: {
    fields: {
      mode: text,
      endpoint_mode: text,
      replicas: integerOrText,
      labels: keyValues,
      update_config: updateConfig,
      rollback_config: updateConfig,
      resources: {
        mapping: {
          fields: {
            limits: { mapping: { fields: { cpus: numberOrText, memory: text, pids: integerOrText } } },
            reservations: {
              mapping: {
                fields: {
                  cpus: numberOrText,
                  memory: text,
                  generic_resources: {
                    list: {
                      items: {
                        mapping: {
                          fields: {
                            discrete_resource_spec: {
                              mapping: { fields: { kind: text, value: numberOrText } },
                            },
                          },
                        },
                      },
                    },
                  },
                  devices: {
                    list: { items: { mapping: { fields: deviceRequestFields, required: ["capabilities"] } } },
                  },
                },
              },
            },
          },
        },
      },
      restart_policy: {
        mapping: { fields: { condition: text, delay: text, max_attempts: integerOrText, window: text } },
      },
      placement: {
        mapping: {
          fields: {
            constraints: texts,
            preferences: { list: { items: { mapping: { fields: { spread: text } } } } },
            max_replicas_per_node: integerOrText,
          },
        },
      },
    },
  },
};

/** `develop`. */
export const develop: Rule = {
  null: true,
  mapping: {
    fields: {
      watch: {
        list: {
          items: {
            mapping: {
              fields: {
                ignore: textOrTexts,
                include: textOrTexts,
                path: text,
                action: { text: { oneOf: ["rebuild", "sync", "restart", "sync+restart", "sync+exec"] } },
                target: text,
                exec: hook,
                initial_sync: boolean,
              },
              required: ["path", "action"],
            },
          },
        },
      },
    },
  },
};

/** `depends_on`. */
export const dependsOn: Rule = {
  list: { items: text, unique: true },
  mapping: {
    others: {
      pattern: resourceName,
      rule: {
        mapping: {
          fields: {
            restart: flag,
            required: boolean,
            condition: {
              text: { oneOf: ["service_started", "service_healthy", "service_completed_successfully"] },
            },
          },
          required: ["condition"],
        },
      },
    },
    closed: true,
  },
};

/** `networks` of a service. */
export const serviceNetworks: Rule = {
  list: { items: text, unique: true },
  mapping: {
    others: {
      pattern: resourceName,
      rule: {
        null: true,
        mapping: {
          fields: {
            aliases: uniqueTexts,
            interface_name: text,
            ipv4_address: text,
            ipv6_address: text,
            link_local_ips: uniqueTexts,
            mac_address: text,
            driver_opts: options,
            priority: number,
            gw_priority: number,
          },
        },
      },
    },
    closed: true,
  },
};

/** An entry of `volumes`. */
export const mount: Rule = {
  text: true,
  mapping: {
    fields: {
      type: { text: { oneOf: ["bind", "volume", "tmpfs", "cluster", "npipe", "image"] } },
      source: text,
      target: text,
      read_only: flag,
      consistency: text,
      bind: {
        mapping: {
          fields: {
            propagation: text,
            create_host_path: flag,
            recursive: { text: { oneOf: ["enabled", "disabled", "writable", "readonly"] } },
            selinux: { text: { oneOf: ["z", "Z"] } },
          },
        },
      },
      volume: { mapping: { fields: { labels: keyValues, nocopy: flag, subpath: text } } },
      tmpfs: {
        mapping: {
          fields: { size: { number: { integer: true, least: 0 }, text: true }, mode: numberOrText },
        },
      },
      image: { mapping: { fields: { subpath: text } } },
    },
    required: ["type"],
  },
};

/** An entry of `ports`. */
export const port: Rule = {
  number: true,
  text: true,
  mapping: {
    fields: {
      name: text,
      mode: text,
      host_ip: text,
      target: integerOrText,
      published: integerOrText,
      protocol: text,
      app_protocol: text,
    },
  },
};

/** `healthcheck`. */
export const healthcheck: Rule = {
  mapping: {
    fields: {
      disable: flag,
      interval: text,
      retries: numberOrText,
      test: { text: true, list: { items: text } },
      timeout: text,
      start_period: text,
      start_interval: text,
    },
  },
};
