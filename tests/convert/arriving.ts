/** What an executor makes of a task, beside what it makes of the spec's own file. */

import type { TaskInfo } from "../../src/mesos/wire/messages.ts";
import type { Container, Pod } from "../../src/pod/model.ts";
import { assertEquals } from "../support/assert.ts";
import { podFor, portsOf } from "../mesos/task/asking.ts";

/** Everything that a task carries of a spec, without files beside it. */
export const everything = `
name: shop
services:
  web:
    image: web:1
    command: ["sh", "-c", "echo $$HOME"]
    environment: {A: "$$b", N: null}
    ports: [80, {name: dns, target: 53, protocol: udp}, "53:53"]
    configs: [{source: page, target: /page}]
    healthcheck: {test: [CMD-SHELL, "true"], interval: 5s}
    depends_on: {db: {condition: service_healthy}, setup: {condition: service_completed_successfully}}
    stop_grace_period: 1m30s
    post_start: [{command: ["echo", "$$5"], user: root}]
    ulimits: {nofile: {soft: 10, hard: 20}}
    volumes: [/etc/localtime:/etc/localtime:ro, named:/named]
  db: {image: db, init: true, healthcheck: {test: [CMD, "true"]}, restart: always}
  setup: {image: setup}
volumes: {named: {name: named-one}}
configs: {page: {content: "a\\n"}}
x-pod:
  essential: [web]
  hooks: {running: [https://example.org/x]}
  resources: {cpus: 2, memory: 512m, disk: 1g}
  replicas: 4
  update: {parallel: 2, order: start-first, healthy_for: 20s, max_failures: 1, on_failure: rollback}
  unreachable: {wait: 2m}
  placement:
    require: {rack: {in: [r.1, r2]}, zone: a, kind: {not: slow}, disk: {matches: "ssd.*"}}
    unique: [hostname]
    spread: [region]
`;

/** Holds the pod of a task to that of its spec, had the file been fetched for the same task. */
export async function assertArrives(task: TaskInfo, text: string): Promise<void> {
  const arrived = await podFor({ task });
  const { data, labels, ...rest } = task;
  // Where a label has the spec, the data is something else, and says what it says of either.
  const others = (labels?.labels ?? []).filter(({ key }) => !key.endsWith("mesolet.spec-data"));
  const isInLabel = others.length !== (labels?.labels ?? []).length;
  const original = await podFor({
    task: {
      ...rest,
      ...(isInLabel && data !== undefined ? { data } : {}),
      labels: { labels: [...others, { key: "mesolet.spec", value: "compose.yaml" }] },
    },
    files: { "compose.yaml": text },
  });
  assertEquals(compared(arrived.pod), compared(original.pod));
  assertEquals(portsOf(arrived), portsOf(original));
}

/** Where its files were is no part of a pod. */
function compared({ source: _source, containers, ...rest }: Pod): unknown {
  return { ...rest, containers: containers.map(withText) };
}

function withText({ files, ...container }: Container): unknown {
  return {
    ...container,
    files: files.map(({ source: _source, content, ...file }) => ({
      ...file,
      content: content.kind === "inline" ? new TextDecoder().decode(content.bytes) : content,
    })),
  };
}
