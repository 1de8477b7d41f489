import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";
import type { AgentView } from "./judge.ts";

/** An agent with many containers asks each of them for its statistics first. */
const answerBound = 30_000;

/**
 * Asks an agent which containers it runs (`GET /containers`).
 *
 * @param address `HOST:PORT`, or a URL
 * @throws {MesoletError} 69 when it does not answer as an agent does
 */
export async function askAgent(address: string, signal: AbortSignal): Promise<AgentView> {
  const url = `${/^https?:\/\//.test(address) ? address : `http://${address}`}/containers`;
  let answer: unknown;
  try {
    const response = await fetch(url, {
      headers: { Accept: "application/json" },
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
  if (!Array.isArray(answer)) throw noAgent(address, new Error("its answer is no list of containers"));
  const ids = answer.map((entry: unknown) =>
    typeof entry === "object" && entry !== null && "container_id" in entry ? entry.container_id : undefined
  );
  return { containers: new Set(ids.filter((id) => typeof id === "string")) };
}

function noAgent(address: string, cause: unknown): MesoletError {
  const why = messageOf(cause);
  return new MesoletError(
    `Cannot ask the agent ${address} for its containers: ${why}; check --agent, or leave it out`,
    ExitCode.unavailable,
    { cause },
  );
}
