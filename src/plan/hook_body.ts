import type { Hook } from "../pod/model.ts";
import { environmentList } from "./container_body.ts";
import type { PlacedPod } from "./placed.ts";
import type { EngineBody } from "./step.ts";

/**
 * The body of `POST /containers/ID/exec` for a hook. Its output is attached, for the message should it fail, except in
 * a detached pod of `services` mode, which is what Docker Compose would make of it.
 */
export function hookBody(hook: Hook, pod: Pick<PlacedPod, "networking" | "supervision">): EngineBody {
  const attach = pod.supervision === "mesolet" || pod.networking.mode !== "services";
  return {
    Cmd: hook.command,
    User: hook.user,
    WorkingDir: hook.workingDirectory,
    Privileged: hook.privileged || undefined,
    Env: environmentList(hook.environment),
    AttachStdout: attach || undefined,
    AttachStderr: attach || undefined,
  };
}
