import { resolve } from "node:path/posix";
import { ExitCode, MesoletError, UsageError } from "../pod/errors.ts";
import { OperatorLabel } from "../pod/labels.ts";
import { sha256 } from "../pod/sha256.ts";
import { applySetupStep, lockRoot } from "../setup/apply_setup.ts";
import { fileDigest, fileError } from "../setup/host_paths.ts";
import { observeHost, readReceipt } from "../setup/observe_host.ts";
import { operatorUnit } from "../setup/operator_unit.ts";
import { planSetup, planUninstall } from "../setup/plan_setup.ts";
import { printStep } from "../setup/print_setup.ts";
import { type ServiceControl, systemdOf } from "../setup/service_control.ts";
import {
  programPath,
  type Receipt,
  type SetupPlan,
  unitPath,
  usualPrefix,
  usualSpecs,
  type Wanted,
} from "../setup/setup_model.ts";
import { tryProgram } from "../setup/try_program.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import { checkHost } from "./doctor.ts";
import { findingLines } from "./doctor_finding.ts";
import { withEngine } from "./engine_session.ts";
import { warningLine } from "./error_report.ts";
import { podOfContainer } from "./observed_names.ts";
import { PodSession } from "./pod_session.ts";
import { programVersion } from "./program_version.ts";

type SetupInvocation = Invocation<Commands["setup"]["flags"]>;

/** `mesolet setup`: puts the program, a unit and a directory of specs on a host, or removes them. */
export async function run(invocation: SetupInvocation): Promise<number> {
  const { values, context } = invocation;
  checkFlags(invocation);
  const root = values.root === undefined ? "/" : resolve(context.workingDirectory, values.root);
  if (root === "/" && !values.dryRun && Deno.uid() !== 0) {
    throw new MesoletError(
      "setup changes what belongs to root: run it as root (sudo), or look at it with --dry-run",
      ExitCode.permission,
    );
  }
  using _lock = values.dryRun ? { [Symbol.dispose]: () => {} } : lockRoot(root);
  const receipt = await readReceipt(root);
  const service = systemdOf(root, context.clock);
  const places = placesOf(invocation, receipt);
  let plan: SetupPlan;
  let fits = true;
  if (values.uninstall) {
    const wanted: Wanted = { directories: [], files: [] };
    plan = planUninstall(
      { force: values.force, removePods: values.stopPods },
      await observeHost(root, wanted, receipt, service),
    );
  } else {
    const program = ownProgram(context);
    fits = root !== "/" || values.noChecks || await isFit(invocation);
    if (!fits && !values.dryRun) {
      context.error.write(
        `${
          warningLine(
            "nothing was done: mend what fails, or leave the checks out with --no-checks",
            context.errorStyle,
          )
        }\n`,
      );
      return ExitCode.failed;
    }
    const hasUnit = receipt?.files[unitPath] !== undefined || (await service.state()).manager !== "none";
    const wanted = await wantedFiles(places, program, hasUnit);
    plan = planSetup(
      { wanted, ...places, enable: values.enable, force: values.force },
      await observeHost(root, wanted, receipt, service),
    );
  }
  await carryOut(plan, { invocation, root, service, places });
  return fits ? ExitCode.ok : ExitCode.failed;
}

function checkFlags({ values }: SetupInvocation): void {
  if (values.stopPods && !values.uninstall) throw new UsageError("--stop-pods is for --uninstall");
  if (values.stopPods && values.root !== undefined) {
    throw new UsageError("--stop-pods is for the pods of this host: leave --root out");
  }
  if (!values.uninstall) return;
  for (const name of ["enable", "prefix", "specs"] as const) {
    if (values[name] === undefined || values[name] === false) continue;
    throw new UsageError(`--${name} means nothing with --uninstall, which knows what setup has made`);
  }
}

interface Places {
  readonly prefix: string;
  readonly specs: string;
}

function placesOf({ values }: SetupInvocation, receipt: Receipt | undefined): Places {
  return {
    prefix: absolute("--prefix", values.prefix ?? receipt?.prefix ?? usualPrefix),
    specs: absolute("--specs", values.specs ?? receipt?.specs ?? usualSpecs),
  };
}

/** A path that means the same to systemd, to a shell and to people. */
function absolute(flag: string, path: string): string {
  if (!path.startsWith("/")) throw new UsageError(`${flag} takes an absolute path, not "${path}"`);
  if (!/^[\w.,:@+/-]+$/.test(path)) {
    throw new UsageError(
      `${flag} takes letters, digits and . , : @ + - _ / alone, since units name it: "${path}"`,
    );
  }
  return resolve(path);
}

/** The one file that this program is. */
function ownProgram({ ownFile }: CommandContext): string {
  if (ownFile.path !== undefined) return ownFile.path;
  throw new MesoletError(
    "This is the program from source, which is not one file: run deno task build, and the setup of the file in dist/",
    ExitCode.configuration,
  );
}

async function wantedFiles(places: Places, program: string, hasUnit: boolean): Promise<Wanted> {
  const unit = operatorUnit(places);
  let digest: string;
  try {
    digest = await fileDigest(program);
  } catch (error) {
    throw fileError(`read this program, ${program}`, error);
  }
  return {
    // Specs may have secrets beside them.
    directories: [{ path: places.specs, mode: 0o750 }],
    files: [
      {
        path: programPath(places.prefix),
        mode: 0o755,
        kind: "program",
        content: { copyOf: program },
        digest,
      },
      ...hasUnit
        ? [
          {
            path: unitPath,
            mode: 0o644,
            kind: "unit",
            content: { text: unit },
            digest: sha256(unit),
          } as const,
        ]
        : [],
    ],
  };
}

/** Prints what `doctor` finds wrong. @returns whether pods can run here */
async function isFit({ globals, context }: SetupInvocation): Promise<boolean> {
  const findings = await checkHost(globals, context);
  const wrong = findings.filter(({ verdict }) => verdict !== "ok");
  for (const line of findingLines(wrong, context.outStyle)) context.out.write(`${line}\n`);
  if (wrong.some(({ verdict }) => verdict === "fail")) return false;
  const named = ["DOCKER_HOST", "DOCKER_CONTEXT"].find((name) => (context.variables[name] ?? "") !== "");
  const by = globals.host !== undefined ? "--host" : globals.context !== undefined ? "--context" : named;
  if (by !== undefined) {
    const text = `the engine is the one that ${by} names, which a service does not see: ` +
      "give it DOCKER_HOST by systemctl edit mesolet-operator";
    context.error.write(`${warningLine(text, context.errorStyle)}\n`);
  }
  return true;
}

interface Work {
  readonly invocation: SetupInvocation;
  readonly root: string;
  readonly service: ServiceControl;
  readonly places: Places;
}

async function carryOut(plan: SetupPlan, { invocation, root, service, places }: Work): Promise<void> {
  const { globals, values, context } = invocation;
  const note = (text: string) => {
    if (!globals.quiet) context.error.write(`${warningLine(text, context.errorStyle)}\n`);
  };
  if (plan.conflicts.length > 0) {
    throw new MesoletError(`Nothing was done: ${plan.conflicts.join("; ")}`, ExitCode.cannotCreate);
  }
  for (const step of plan.steps) {
    if (!values.dryRun) {
      context.interrupts.graceful.throwIfAborted();
      await applySetupStep(step, {
        root,
        service,
        tryProgram: (path) => tryProgram(path, programVersion, context.variables),
        removePods: (directory) => removePods(directory, invocation),
      });
    }
    context.out.write(`${values.dryRun ? "would " : ""}${printStep(step)}\n`);
  }
  if (plan.steps.length === 0) context.out.write("nothing to do\n");
  for (const text of plan.notes) note(text);
  if (plan.steps.length > 0 && !values.dryRun && !values.uninstall) {
    context.out.write(
      `mesolet ${programVersion} is set up: ${programPath(places.prefix)}, specs in ${places.specs}\n`,
    );
  }
}

/** Takes down the pods of a directory, as `down NAME` does. */
async function removePods(directory: string, { globals, context }: SetupInvocation): Promise<void> {
  const signal = context.interrupts.graceful;
  const session = new PodSession(globals, context);
  await withEngine(globals, context, async (engine) => {
    const own = (await engine.listContainers(undefined, signal))
      .filter(({ labels }) => labels[OperatorLabel.directory] === directory);
    for (const pod of [...new Set(own.map(podOfContainer))].sort()) {
      const planned = await session.planDown(pod, engine, { volumes: false }, signal);
      const result = await session.carryOut(`Removing pod ${pod}`, planned, engine);
      if (result.outcome === "succeeded") continue;
      throw new MesoletError(
        `Cannot remove pod ${pod}: run setup --uninstall --stop-pods again`,
        result.failures[0]?.exitCode ?? ExitCode.failed,
      );
    }
  });
}
