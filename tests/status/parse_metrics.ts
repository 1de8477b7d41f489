/** Metrics of one name. */
export interface MetricFamily {
  readonly type: string;
  /** Values by `name{label="value",…}`, labels sorted. */
  readonly samples: ReadonlyMap<string, number>;
  readonly labels: readonly Readonly<Record<string, string>>[];
}

/**
 * Reads the text format of Prometheus (version 0.0.4), more strictly than Prometheus does: every sample needs the type
 * of its name before it, nothing comes twice, histograms are whole, and counters end in `_total`.
 *
 * @throws {Error} with the line that is wrong
 */
export function parseMetrics(text: string): Map<string, MetricFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<
    string,
    { type: string; samples: Map<string, number>; labels: Record<string, string>[] }
  >();
  const helped = new Set<string>();
  let current = "";
  for (const line of text.split("\n").slice(0, -1)) {
    if (line === "") continue;
    const help = /^# HELP ([a-zA-Z_:][\w:]*) (?:[^\\]|\\[\\n])*$/.exec(line)?.[1];
    if (help !== undefined) {
      if (helped.has(help)) throw new Error(`helped twice: ${line}`);
      helped.add(help);
      continue;
    }
    const [, typed, type] = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) {
      if (families.has(typed)) throw new Error(`typed twice: ${line}`);
      if (type === "counter" && !typed.endsWith("_total")) throw new Error(`no name of a counter: ${line}`);
      families.set(typed, { type, samples: new Map(), labels: [] });
      current = typed;
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(
      line,
    );
    const family = families.get(current);
    if (sample === null || family === undefined) throw new Error(`not understood: ${line}`);
    const [, name = "", labelText = "", value = ""] = sample;
    const endings = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (!endings.some((ending) => name === current + ending)) throw new Error(`out of its family: ${line}`);
    if (!/^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/.test(value)) {
      throw new Error(`no value: ${line}`);
    }
    const labels = readLabels(labelText, line);
    const key = `${name}{${
      Object.keys(labels).sort().map((label) => `${label}=${JSON.stringify(labels[label])}`).join(",")
    }}`;
    if (family.samples.has(key)) throw new Error(`twice: ${line}`);
    family.samples.set(key, Number(value.replace("Inf", "Infinity")));
    family.labels.push(labels);
  }
  for (const [name, { type, samples }] of families) {
    if (type === "histogram") checkHistogram(name, samples);
  }
  return families;
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const found = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/.exec(rest);
    if (found === null) throw new Error(`labels: ${line}`);
    const [whole, name = "", value = ""] = found;
    if (name in labels) throw new Error(`a label twice: ${line}`);
    labels[name] = value.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
    rest = rest.slice(whole.length);
  }
  return labels;
}

function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const buckets = [...samples].filter(([key]) => key.startsWith(`${name}_bucket{`)).map(([, count]) => count);
  const all = samples.get(`${name}_bucket{le="+Inf"}`);
  if (all === undefined || all !== samples.get(`${name}_count{}`) || !samples.has(`${name}_sum{}`)) {
    throw new Error(`${name} is no whole histogram`);
  }
  if (buckets.some((count, index) => count < (buckets[index - 1] ?? 0))) throw new Error(`${name} falls`);
}
