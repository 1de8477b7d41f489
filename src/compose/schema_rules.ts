/** What the Compose Specification lets stand where, at its present state. */

import type { MappingRule, Rule } from "./schema.ts";

const anything: Rule = { any: true };
const text: Rule = { text: true };
const textOrNull: Rule = { text: true, null: true };
const boolean: Rule = { boolean: true };
const number: Rule = { number: true };
// Text may hold a number or boolean that interpolation did not get to cast: it is read when the value is used.
const flag: Rule = { boolean: true, text: true };
const integer: Rule = { number: { integer: true } };
const integerOrText: Rule = { number: { integer: true }, text: true };
const numberOrText: Rule = { number: true, text: true };
const texts: Rule = { list: { items: text } };
const uniqueTexts: Rule = { list: { items: text, unique: true } };
const textOrTexts: Rule = { text: true, list: { items: text, unique: true } };
const textsOrNumbers: Rule = { list: { items: numberOrText, unique: true } };
const anyKey = /./s;
const resourceName = /^[a-zA-Z0-9._-]+$/;

const keyValues: Rule = {
  mapping: {
    others: { pattern: anyKey, rule: { text: true, number: true, boolean: true, null: true } },
    closed: true,
  },
  list: { items: text, unique: true },
};

const options: Rule = { mapping: { others: { pattern: anyKey, rule: numberOrText }, open: true } };
const command: Rule = { null: true, text: true, list: { items: text } };

const hosts: Rule = {
  mapping: { others: { pattern: anyKey, rule: { text: true, list: { items: text } } }, closed: true },
  list: { items: text, unique: true },
};

const limits: Rule = {
  mapping: {
    others: {
      pattern: /^[a-z]+$/,
      rule: {
        number: { integer: true },
        text: true,
        mapping: { fields: { soft: integerOrText, hard: integerOrText }, required: ["soft", "hard"] },
      },
    },
    open: true,
  },
};

const fileReferences: Rule = {
  list: {
    items: {
      text: true,
      mapping: { fields: { source: text, target: text, uid: text, gid: text, mode: numberOrText } },
    },
  },
};

const hookFields: Readonly<Record<string, Rule>> = {
  command,
  user: text,
  privileged: flag,
  working_dir: text,
  environment: keyValues,
};
const hook: Rule = { mapping: { fields: hookFields, required: ["command"] } };
const initHook: Rule = { mapping: { fields: { ...hookFields, image: text, per_replica: flag } } };

const deviceRequestFields: Readonly<Record<string, Rule>> = {
  capabilities: uniqueTexts,
  count: integerOrText,
  device_ids: uniqueTexts,
  driver: text,
  options: keyValues,
};

const throttles: Rule = {
  list: { items: { mapping: { fields: { path: text, rate: integerOrText }, closed: true } } },
};

const build: Rule = {
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

const updateConfig: Rule = {
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

const deploy: Rule = {
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

const develop: Rule = {
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

const dependsOn: Rule = {
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

const serviceNetworks: Rule = {
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

const mount: Rule = {
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

const port: Rule = {
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

const healthcheck: Rule = {
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

const service: Rule = {
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

const external: Rule = { boolean: true, text: true, mapping: { fields: { name: text } } };
const looseExternal: Rule = { boolean: true, text: true, mapping: { fields: { name: text }, open: true } };

const network: Rule = {
  null: true,
  mapping: {
    fields: {
      name: text,
      driver: text,
      driver_opts: options,
      ipam: {
        mapping: {
          fields: {
            driver: text,
            config: {
              list: {
                items: {
                  mapping: {
                    fields: {
                      subnet: text,
                      ip_range: text,
                      gateway: text,
                      aux_addresses: { mapping: { others: { pattern: anyKey, rule: text }, closed: true } },
                    },
                  },
                },
              },
            },
            options: { mapping: { others: { pattern: anyKey, rule: text }, closed: true } },
          },
        },
      },
      external,
      internal: flag,
      attachable: flag,
      enable_ipv4: flag,
      enable_ipv6: flag,
      labels: keyValues,
    },
  },
};

const volume: Rule = {
  null: true,
  mapping: { fields: { name: text, driver: text, driver_opts: options, external, labels: keyValues } },
};

const fileObjectFields: Readonly<Record<string, Rule>> = {
  name: text,
  environment: text,
  file: text,
  external: looseExternal,
  labels: keyValues,
  template_driver: text,
};

const model: Rule = {
  mapping: {
    fields: { name: text, model: text, context_size: integer, runtime_flags: texts },
    required: ["model"],
  },
};

function namedBy(rule: Rule, more: Partial<MappingRule> = { closed: true }): Rule {
  return { mapping: { others: { pattern: resourceName, rule }, ...more } };
}

/** The rule of a whole Compose file. */
export const composeFileRule: Rule = {
  mapping: {
    fields: {
      version: text,
      name: text,
      include: {
        list: {
          items: {
            text: true,
            mapping: {
              fields: { path: textOrTexts, env_file: textOrTexts, project_directory: text },
              closed: true,
            },
          },
        },
      },
      services: namedBy(service),
      models: namedBy(model, { open: true }),
      networks: namedBy(network, { open: true }),
      volumes: namedBy(volume),
      secrets: namedBy({ mapping: { fields: { ...fileObjectFields, driver: text, driver_opts: options } } }),
      configs: namedBy({ mapping: { fields: { ...fileObjectFields, content: text } } }),
    },
    others: { pattern: /^x-/, rule: anything },
  },
};
