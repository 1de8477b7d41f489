import type { BoardRecord, ProblemRecord } from "../../pod_record.ts";
import { find, make, name } from "./elements.ts";

let shown = "";

/** The specs that are wrong, above everything else. */
export function showProblems({ problems }: BoardRecord): void {
  const text = JSON.stringify(problems);
  if (text === shown) return;
  shown = text;
  find("problems").hidden = problems.length === 0;
  find("problem-list").replaceChildren(...problems.map(problemItem));
}

function problemItem(problem: ProblemRecord): HTMLElement {
  const { file, line, column } = {
    file: problem.file,
    line: undefined,
    column: undefined,
    ...problem.position,
  };
  const place = [file, ...(line === undefined ? [] : [line]), ...(column === undefined ? [] : [column])].join(
    ":",
  );
  const item = make("li", {}, make("code", {}, name(place)), " ");
  if (problem.path !== "") item.append(make("code", {}, name(problem.path)), " ");
  item.append(name(problem.message));
  if (problem.keptVersion) {
    const pod = problem.pod === undefined ? "the pod" : name(problem.pod);
    item.append(make("span", { class: "text" }, "The last good version of ", pod, " keeps running."));
  }
  return item;
}
