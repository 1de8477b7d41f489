import type { ComposeService } from "./model.ts";
import type { ProblemList } from "./problem_list.ts";

/**
 * Reports fields of a service that the specification has and that a pod on one engine cannot honour: refused where
 * running without them would be something else, warned about where it would not.
 */
export function warnOfIgnoredFields(path: string, service: ComposeService, problems: ProblemList): void {
  const error = (field: string, message: string) => problems.error(`${path}.${field}`, message);
  const warn = (field: string, message: string) => problems.warning(`${path}.${field}`, message);

  if (service.provider !== undefined) {
    error(
      "provider",
      "provider services are run by Docker Compose's plugins and not by mesolet: use a container",
    );
  }
  if (service.models !== undefined) {
    error("models", "models are not run by mesolet: run the model as a service");
  }
  if (service.use_api_socket === true) {
    error(
      "use_api_socket",
      "would hand the engine to the container: mount a socket on purpose if it has to be",
    );
  }
  if (service.develop !== undefined) warn("develop", "has no effect: it is for `docker compose watch`");
  if (service.attach === false) warn("attach", "has no effect: logs of all services are shown");
  if (service.credential_spec !== undefined) {
    warn("credential_spec", "has no effect: it is for Windows containers");
  }

  const deploy = service.deploy;
  if (deploy === undefined) return;
  if (deploy.mode !== undefined && deploy.mode !== "replicated") {
    warn("deploy.mode", `${deploy.mode} has no effect on one host: the service runs as replicated`);
  }
  if (deploy.endpoint_mode !== undefined) warn("deploy.endpoint_mode", "has no effect: it is for a swarm");
  if (Object.keys(deploy.labels ?? {}).length > 0) {
    warn("deploy.labels", "has no effect: they are labels of a swarm's service; use labels for containers");
  }
  if (Object.keys(deploy.placement).length > 0) {
    warn("deploy.placement", "has no effect: there is one host to run on");
  }
  if (deploy.update_config !== undefined) {
    warn("deploy.update_config", "has no effect: a pod is updated in place");
  }
  if (deploy.rollback_config !== undefined) {
    warn("deploy.rollback_config", "has no effect: a pod is updated in place");
  }
  for (const field of ["delay", "window"] as const) {
    if (deploy.restart_policy?.[field] !== undefined) {
      warn(
        `deploy.restart_policy.${field}`,
        "has no effect: restarts back off from 10 s to 300 s, and anew after 10 min",
      );
    }
  }
  if (deploy.resources.reservations?.generic_resources !== undefined) {
    warn(
      "deploy.resources.reservations.generic_resources",
      "has no effect: they are for a swarm's scheduler",
    );
  }
}
