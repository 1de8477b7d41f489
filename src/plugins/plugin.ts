/** Programs of the host's owner that look at pods, and may change them. docs/plugins.md is this for users. */

/** When a plugin is run. */
export const pluginSteps = ["pre-launch", "post-launch", "pre-kill", "post-kill", "shutdown"] as const;

/** Of {@linkcode pluginSteps}. */
export type PluginStep = typeof pluginSteps[number];

/** What a plugin is told on its standard input, as JSON. */
export interface PluginInput {
  readonly schema: 1;
  readonly step: PluginStep;
  /** A Compose file in normal form; absent at `shutdown`. */
  readonly pod?: unknown;
  /** Of what runs the pod: `up`, `operator`, `executor`. */
  readonly runner: string;
  /** Of Mesos, where the pod is one. */
  readonly task?: { readonly id: string; readonly framework: string; readonly agent?: string };
  /** Why it is stopped, or how it has ended. */
  readonly reason?: string;
}

/** What a plugin came to. */
export interface PluginNote {
  /** The plugin's file name. */
  readonly plugin: string;
  /** In its own words, or that it changed something. */
  readonly reason: string;
}

/** A plugin that may be run. */
export interface Plugin {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** Milliseconds that a plugin has, unless something else is said. */
export const usualPluginTime = 10_000;

/** The largest pod that a plugin may answer with, in bytes. */
export const largestAnswer = 4 * 1024 * 1024;
