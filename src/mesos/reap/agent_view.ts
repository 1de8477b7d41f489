import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";
import type { AgentView } from "./judge.ts";

/** An agent with many containers asks each of them for its statistics first. */
const answerBound = 30_000;

/**
 * Asks an agent which containers it runs, by GET_CONTAINERS of its API v1. That refuses while the agent recovers, and
 * does not yet know all of its executors; `GET /containers` would answer with an empty list then, and pods that run
 * would be taken for left over (Mesos, `slave/http.cpp`).
 *
 * @param address `HOST:PORT`, or a URL
 * @throws {MesoletError} 69 when it does not answer as an agent does
 */
export async function askAgent(address: string, signal: AbortSignal): Promise<AgentView> {
  const url = `${/^https?:\/\//.test(address) ? address.replace(/\/+$/, "") : `http://${address}`}/api/v1`;
  let answer: unknown;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ type: "GET_CONTAINERS" }),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerBound)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status} ${response.statusText}`);
    }
    answer = await response.json();
  } catch (error) {
    signal.throwIfAborted();
    throw noAgent(address, error);
  }
  const answered = fieldsOf(answer);
  // A list without members may be left out, the answer's type may not.
  const { containers = [] } = fieldsOf(answered["get_containers"]);
  if (answered["type"] !== "GET_CONTAINERS" || !Array.isArray(containers)) {
    throw noAgent(address, new Error("its answer is no list of containers"));
  }
  const ids = containers.map((entry: unknown) => fieldsOf(fieldsOf(entry)["container_id"])["value"]);
  return { containers: new Set(ids.filter((id) => typeof id === "string")) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function noAgent(address: string, cause: unknown): MesoletError {
  const why = messageOf(cause);
  return new MesoletError(
    `Cannot ask the agent ${address} for its containers: ${why}; check --agent, or leave it out`,
    ExitCode.unavailable,
    { cause },
  );
}
