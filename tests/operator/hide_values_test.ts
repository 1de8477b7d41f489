import { isGood } from "../../src/operator/spec_source.ts";
import { formatProblem } from "../../src/pod/errors.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { readerOf, withDirectory } from "./directory.ts";

/** A file of variables, the fields of a service, and what is told of them. */
const table: readonly (readonly [string, string, string])[] = [
  [
    "PORT=s3cr3t-port",
    "ports: ['${PORT}:80']",
    '"${PORT}:80": the published port must be 0 to 65535, or a range such as 8000-8010, not "${PORT}"',
  ],
  [
    "PIN=7",
    "ports: ['a${PIN}b:80']",
    '"…": the published port must be 0 to 65535, or a range such as 8000-8010, not "…"',
  ],
  ["TOKEN=hunter22", "stop_grace_period: x${TOKEN}", '"x${TOKEN}" is not a duration such as 1m30s'],
  ["TOKEN=hunter22", "restart: ${TOKEN}", '"${TOKEN}" is none of no, always, on-failure, unless-stopped'],
  ["TOKEN=hunter22", "mem_limit: '${TOKEN}'", '"${TOKEN}" is not a size such as 512m or 1g'],
  ["TOKEN=hunter22", "cpus: '${TOKEN}'", '"${TOKEN}" is not a number'],
  [
    "TOKEN=hunter22",
    "healthcheck: {test: ['${TOKEN}', x]}",
    'must start with "CMD", "CMD-SHELL" or "NONE", not "${TOKEN}"',
  ],
  ["TOKEN=hunter22", "extra_hosts: ['${TOKEN}']", '"${TOKEN}" must be host=address'],
  [
    "TOKEN=hunter22",
    "depends_on: ['${TOKEN}']",
    'depends on the service "${TOKEN}", which the project does not have',
  ],
  ["TOKEN=hunter22", "security_opt: ['${TOKEN}']", '"${TOKEN}" is not of the form name=value'],
  ["PIN=-98765", "pids_limit: ${PIN}\n    oom_score_adj: ${PIN}", "must be at least -1000, not ${PIN}"],
  [
    "TOKEN=hunter22",
    "hostname: '${OTHER:?set it, not ${TOKEN}}'",
    "the variable OTHER must be set: set it, not ${TOKEN}",
  ],
  ["A B=hunter22", "tty: true", 'a variable\'s name cannot hold a blank: "…"'],
  ["A='hunter22", "tty: true", 'a quote stays open: "…"'],
  [
    'A="hunter22-and-so-on-for-a-very-long-while-until-it-is-cut-short-by-whoever-tells-it',
    "tty: true",
    'a quote stays open: "…"',
  ],
  ["hunter22!=1", "tty: true", '"…" cannot stand in a variable\'s name: "…"'],
  ["X=hunter22", "tty: 'ye'", '"ye" is not a boolean: write true or false'],
];

Deno.test("what is wrong with a spec is told without the values of variables, with their names where that is all", async () => {
  await withDirectory(async (directory) => {
    for (const [variables, fields, expected] of table) {
      directory.write("web/.env", `${variables}\n`);
      directory.write("web/compose.yaml", `services:\n  web:\n    image: busybox\n    ${fields}\n`);
      const loaded = await readerOf(directory.path).read("web");
      const problems = isGood(loaded) ? loaded.warnings : loaded.problems;
      const told = problems.map(({ message }) => message.replaceAll(directory.path, "")).join("\n");
      assertEquals(told, expected);
      assert(!/hunter|s3cr3t|98765/.test(problems.map(formatProblem).join("\n")), told);
    }
  });
});
