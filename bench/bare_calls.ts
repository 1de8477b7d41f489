/**
 * The floor of `up`: the very Engine calls that a plan names, made by a program that does nothing else. Creates go out
 * in parallel, then starts do; nothing is looked up, nothing checked.
 *
 * ```sh
 * deno run -A bench/bare_calls.ts SOCKET PLAN.json
 * ```
 */

interface BarePlan {
  readonly network: { readonly Name: string };
  readonly pauseArchive: string;
  readonly pause: { readonly name: string; readonly body: unknown };
  readonly containers: readonly { readonly name: string; readonly body: unknown }[];
}

const [socket = "", file = ""] = Deno.args;
const client = Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });

async function post(path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`http://engine/v1.41${path}`, {
    client,
    method: "POST",
    ...(body === undefined
      ? {}
      : body instanceof Uint8Array
      ? { body: new Uint8Array(body), headers: { "content-type": "application/x-tar" } }
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (response.status >= 400) throw new Error(`${path}: ${text}`);
  return path.includes("/create") ? JSON.parse(text) : undefined;
}

async function create(container: BarePlan["pause"], pauseId: string): Promise<string> {
  const body = JSON.parse(JSON.stringify(container.body).replaceAll(/<id:[^>]+>/g, pauseId));
  const made = await post(`/containers/create?name=${container.name}`, body);
  return String(Reflect.get(Object(made), "Id"));
}

if (file === "") Deno.exit();
const begun = performance.now();
const plan: BarePlan = JSON.parse(await Deno.readTextFile(file));
await Promise.all([
  post("/images/load", await Deno.readFile(plan.pauseArchive)),
  post("/networks/create", plan.network),
]);
const pauseId = await create(plan.pause, "");
const ids = await Promise.all(plan.containers.map((container) => create(container, pauseId)));
await post(`/containers/${pauseId}/start`);
await Promise.all(ids.map((id) => post(`/containers/${id}/start`)));
client.close();
// For those who compare with a process that runs already.
Deno.stdout.writeSync(new TextEncoder().encode(String(performance.now() - begun)));
