/** What the Compose Specification lets stand where, at its present state. */

import type { MappingRule, Rule } from "./schema.ts";
import {
  anyKey,
  anything,
  flag,
  integer,
  keyValues,
  options,
  resourceName,
  text,
  textOrTexts,
  texts,
} from "./schema_parts.ts";
import { serviceRule } from "./schema_service.ts";
import { isMapping } from "./tree.ts";

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
      services: namedBy(serviceRule),
      models: namedBy(model, { open: true }),
      networks: namedBy(network, { open: true }),
      volumes: namedBy(volume),
      secrets: namedBy({ mapping: { fields: { ...fileObjectFields, driver: text, driver_opts: options } } }),
      configs: namedBy({ mapping: { fields: { ...fileObjectFields, content: text } } }),
    },
    others: { pattern: /^x-/, rule: anything },
    unknown: (value) =>
      isMapping(value) && ["image", "build", "command"].some((field) => field in value)
        ? "is an unknown field: a service stands below services:, with its name"
        : undefined,
  },
};
