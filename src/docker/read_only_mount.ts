/**
 * Whether a path lies on a mount that is read-only, as the cgroups of the host are in a container. Root may not write
 * there either, whatever the mode of the directory is.
 *
 * @param mounts the text of `/proc/self/mountinfo`. Source: proc_pid_mountinfo(5)
 * @param path absolute, without links
 */
export function isOnReadOnlyMount(mounts: string, path: string): boolean {
  let longest = "";
  let options = "";
  for (const line of mounts.split("\n")) {
    const [, , , , escaped = "", ofMount = ""] = line.split(" ");
    const point = escaped.replaceAll(
      /\\([0-7]{3})/g,
      (_, code: string) => String.fromCharCode(parseInt(code, 8)),
    );
    const holds = path === point || path.startsWith(point.endsWith("/") ? point : `${point}/`);
    // Of two mounts at one place the later one is seen.
    if (point === "" || !holds || point.length < longest.length) continue;
    [longest, options] = [point, ofMount];
  }
  return options.split(",").includes("ro");
}
