import type { Container } from "../pod/model.ts";
import type { Report } from "./conversion.ts";

/** What engines take where a health check says nothing, in seconds and tries. */
const usual = { interval: 30, timeout: 30, retries: 3 } as const;

/**
 * A health check as a readiness probe: an unhealthy container is told of and runs on, as with us; a liveness probe would
 * restart it. Until a container has been ready once nothing counts its failures, so the start period needs no field.
 */
export function probeOf(
  { name, health }: Container,
  report: Report,
): Readonly<Record<string, unknown>> | undefined {
  if (health === undefined) return undefined;
  const path = `services.${name}.healthcheck`;
  const [kind, ...words] = health.test;
  if (kind === "NONE") return undefined;
  if (kind === undefined) {
    report.lost(path, "Kubernetes knows nothing of the check that an image has");
    return undefined;
  }
  if (health.startIntervalNanoseconds !== undefined) {
    report.lost(`${path}.start_interval`, "Kubernetes asks in one interval");
  }
  const seconds = (field: string, nanoseconds: number | undefined, otherwise: number) => {
    if (nanoseconds === undefined || nanoseconds === 0) return otherwise;
    const whole = Math.max(1, Math.ceil(nanoseconds / 1e9));
    if (whole * 1e9 !== nanoseconds) {
      report.lost(`${path}.${field}`, `Kubernetes counts whole seconds: ${whole} are taken`);
    }
    return whole;
  };
  return {
    exec: { command: kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...words] : words },
    periodSeconds: seconds("interval", health.intervalNanoseconds, usual.interval),
    timeoutSeconds: seconds("timeout", health.timeoutNanoseconds, usual.timeout),
    failureThreshold: health.retries === undefined || health.retries === 0 ? usual.retries : health.retries,
  };
}
