/**
 * `deno task build`: bundles the program into `dist/mesolet.js`, with `dist/mesolet` to run it by the Deno that built
 * it.
 */
import { bundleProgram, root, writeLauncher } from "./bundle.ts";

await Deno.mkdir(`${root}dist`, { recursive: true });
await bundleProgram(`${root}dist/mesolet.js`);
await writeLauncher(`${root}dist/mesolet`, `${root}dist/mesolet.js`);
const { size } = await Deno.stat(`${root}dist/mesolet.js`);
await Deno.stdout.write(
  new TextEncoder().encode(`dist/mesolet.js: ${Math.round(size / 1024)} KiB; run it by dist/mesolet\n`),
);
