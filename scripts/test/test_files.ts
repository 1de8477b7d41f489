/** The test files below the given paths; below `tests/` when none is given. */
export async function findTestFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths.length === 0 ? ["tests"] : paths) {
    if ((await Deno.stat(path)).isDirectory) files.push(...await testFilesBelow(path));
    else files.push(path);
  }
  return [...new Set(files)].sort();
}

async function testFilesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory.replace(/\/$/, "")}/${entry.name}`;
    if (entry.isDirectory) files.push(...await testFilesBelow(path));
    else if (entry.name.endsWith("_test.ts")) files.push(path);
  }
  return files;
}

/** Whether a test file needs an engine: those that do import what gives them one. */
export function needsEngine(file: string): boolean {
  return /from "[^"]*support\/(engine|mesos_task|task_life)\.ts"/.test(Deno.readTextFileSync(file));
}

/** Modules that read /proc, or hold locks of the host. */
const processModules = [
  "reap/process_view",
  "operator/operator_lock",
  "agent/strict_agent",
  "/strict_agent",
  "master/nested_sessions",
  "test/run_directory",
  "support/open_descriptors",
];

/** Whether a test file looks at the processes or mounts of the host: those that do import what reads /proc. */
export function needsProcesses(file: string): boolean {
  const text = Deno.readTextFileSync(file);
  return processModules.some((module) => text.includes(`${module}.ts"`));
}

/** Whether a test file needs a browser: those that do import what starts one. */
export function needsBrowser(file: string): boolean {
  return /from "[^"]*\/(?:support\/browser|on_page)\.ts"/.test(Deno.readTextFileSync(file));
}

/** Whether a test file needs the shells that there are completions for: those do that import what runs them. */
export function needsShells(file: string): boolean {
  return /from "[^"]*support\/shells\.ts"/.test(Deno.readTextFileSync(file));
}

/** Whether a test file needs a ZooKeeper: those that do import what starts one. */
export function needsZookeeper(file: string): boolean {
  return /from "[^"]*support\/zookeeper_server\.ts"/.test(Deno.readTextFileSync(file));
}

/** Whether a test file needs Debian's registry: those do that import what starts one. */
export function needsRegistry(file: string): boolean {
  return /from "[^"]*support\/debian_registry\.ts"/.test(Deno.readTextFileSync(file));
}
