/** What Aurora's client leaves between braces for the executor, which alone knows where a task runs. */

/** What is known where the task runs. */
export interface ThermosBindings {
  readonly ports: ReadonlyMap<string, number>;
  readonly taskId: string;
  readonly user?: string;
  readonly instance?: number;
  readonly hostname: string;
}

const binding = /\{\{\s*((?:thermos|mesos)\.[\w.]+(?:\[([^\]]*)\])?)\s*\}\}/g;

/**
 * Puts values in place of `{{thermos.ports[NAME]}}`, `{{thermos.task_id}}`, `{{thermos.user}}`, `{{mesos.instance}}` and
 * `{{mesos.hostname}}`. What else stands between braces is left as it is.
 *
 * @param refuse is told of a binding of Thermos that has no value here
 */
export function bindThermos(
  text: string,
  bindings: ThermosBindings,
  refuse: (written: string, reason: string) => void,
): string {
  return text.replace(binding, (written: string, name: string, port: string | undefined) => {
    const value = valueOf(name, port?.trim(), bindings);
    if (value === undefined) {
      refuse(written, reasonOf(port?.trim(), bindings));
      return written;
    }
    return value;
  });
}

function valueOf(name: string, port: string | undefined, bindings: ThermosBindings): string | undefined {
  if (port !== undefined) {
    return name.startsWith("thermos.ports[") ? bindings.ports.get(port)?.toString() : undefined;
  }
  switch (name) {
    case "thermos.task_id":
      return bindings.taskId;
    case "thermos.user":
      return bindings.user;
    case "mesos.instance":
      return bindings.instance?.toString();
    case "mesos.hostname":
      return bindings.hostname;
    default:
      return undefined;
  }
}

function reasonOf(port: string | undefined, { ports }: ThermosBindings): string {
  if (port === undefined) return "is not known here";
  const names = [...ports.keys()];
  return names.length === 0
    ? `no port has a name here: the job has to ask for ${port}`
    : `the task has no port ${port}: use ${names.join(", ")}`;
}
