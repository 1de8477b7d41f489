import type { Hook } from "../pod/model.ts";
import { environmentList } from "./container_body.ts";
import type { EngineBody } from "./step.ts";

/** The body of `POST /containers/ID/exec` for a hook. */
export function hookBody(hook: Hook): EngineBody {
  return {
    Cmd: hook.command,
    User: hook.user,
    WorkingDir: hook.workingDirectory,
    Privileged: hook.privileged || undefined,
    Env: environmentList(hook.environment),
    AttachStdout: true,
    AttachStderr: true,
  };
}
