// deno-fmt-ignore-file
// deno-lint-ignore-file
// Made by `deno task page` of browser/main.ts: not to be edited.
// src/status/page/browser/elements.ts
function make(name2, attributes = {}, ...children) {
  const element = document.createElement(name2);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
function find(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function mark(text, tone) {
  return make("span", {
    class: `mark ${tone}`
  }, text);
}
function name(text) {
  return make("bdi", {}, text);
}

// src/status/page/browser/page_model.ts
var podsOnPage = 50;
function toneOfPod({ phase, reasonCode }) {
  switch (phase) {
    case "running":
      return "good";
    case "failed":
      return "bad";
    case "succeeded":
    case "removed":
      return "over";
    case "stopping":
      return "busy";
    default:
      return reasonCode === "none" ? "busy" : "bad";
  }
}
function toneOfContainer({ state, health, exitCode, outOfMemory }) {
  if (outOfMemory || state === "dead" || state === "backing-off") return "bad";
  if (state === "exited") return exitCode === 0 ? "over" : "bad";
  if (state !== "running") return "busy";
  if (health === "unhealthy") return "bad";
  return health === "starting" ? "busy" : "good";
}
function needsAttention(pod) {
  return toneOfPod(pod) === "bad" || pod.problem !== void 0 || pod.containers.some((container) => toneOfContainer(container) === "bad");
}
function chosenPods(pods, choice, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return pods.filter((pod) => {
    if (choice === "attention" && !needsAttention(pod)) return false;
    if (typeof choice === "object" && pod.phase !== choice.phase) return false;
    if (words.length === 0) return true;
    const text = [
      pod.name,
      pod.file,
      ...pod.containers.flatMap(({ name: name2, image }) => [
        name2,
        image
      ])
    ].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
function countChoices(pods) {
  const byPhase = /* @__PURE__ */ new Map();
  for (const { phase } of pods) byPhase.set(phase, (byPhase.get(phase) ?? 0) + 1);
  return [
    {
      choice: "all",
      title: "all",
      count: pods.length
    },
    {
      choice: "attention",
      title: "need attention",
      count: pods.filter(needsAttention).length
    },
    ...[
      ...byPhase
    ].sort(([left], [right]) => left < right ? -1 : 1).map(([phase, count]) => ({
      choice: {
        phase
      },
      title: phase,
      count
    }))
  ];
}
function isSameChoice(left, right) {
  if (typeof left === "object" && typeof right === "object") return left.phase === right.phase;
  return left === right;
}
function runningText({ containers }) {
  const running = containers.filter(({ state }) => state === "running").length;
  return `${running} of ${containers.length}`;
}
function healthOf({ containers }) {
  const running = containers.filter(({ state }) => state === "running");
  const of = (health) => running.filter((container) => container.health === health).map(containerTitle);
  const unhealthy = of("unhealthy");
  if (unhealthy.length > 0) return {
    text: `unhealthy: ${unhealthy.join(", ")}`,
    tone: "bad"
  };
  const starting = of("starting");
  if (starting.length > 0) return {
    text: `starting: ${starting.join(", ")}`,
    tone: "busy"
  };
  return of("healthy").length > 0 ? {
    text: "healthy",
    tone: "good"
  } : void 0;
}
function containerTitle({ name: name2, number }) {
  return number === 1 ? name2 : `${name2}-${number}`;
}
function stateText({ state, exitCode, outOfMemory }) {
  const code = exitCode === void 0 || state === "running" ? "" : ` (${exitCode})`;
  return `${state}${code}${outOfMemory ? ", out of memory" : ""}`;
}
function portTexts(containers) {
  const texts = containers.flatMap(({ ports }) => ports).filter(({ published }) => published > 0).map((port) => {
    const everywhere = [
      "0.0.0.0",
      "::",
      ""
    ].includes(port.hostAddress);
    const address = port.hostAddress.includes(":") ? `[${port.hostAddress}]` : port.hostAddress;
    return `${everywhere ? "" : `${address}:`}${port.published}\u2192${port.target}/${port.protocol}`;
  });
  return [
    ...new Set(texts)
  ];
}
function restartsOf({ containers }) {
  return containers.reduce((sum, { restarts }) => sum + restarts, 0);
}
function ageText(time, now) {
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1e3));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}
function momentText(moment, now) {
  return moment.toDateString() === now.toDateString() ? moment.toLocaleTimeString() : moment.toLocaleString();
}
function countText(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

// src/status/page/browser/event_list.ts
var shownEvents = 100;
var list = find("event-list");
var waiting = [];
function addEvent(event) {
  if (waiting.push(event) === 1) requestAnimationFrame(drawEvents);
}
function addGap(from, to) {
  addEvent({
    number: to,
    time: (/* @__PURE__ */ new Date()).toISOString(),
    kind: "operator",
    text: `${to - from + 1} events were too many to be shown`
  });
}
function drawEvents() {
  const items = waiting.slice(-shownEvents).reverse().map(({ time, text }) => {
    const at = new Date(time);
    return make("li", {}, make("time", {
      datetime: time,
      title: at.toLocaleString()
    }, momentText(at, /* @__PURE__ */ new Date())), name(text));
  });
  waiting = [];
  list.prepend(...items);
  while (list.children.length > shownEvents) list.lastElementChild?.remove();
  find("no-events").hidden = true;
}

// src/status/page/browser/live.ts
var betweenBoards = 1e3;
var silence = 25e3;
var beforeRetry = 2e3;
var Live = class {
  #listener;
  #source;
  #heard = Date.now();
  #seen;
  #asking = false;
  #askAgain = false;
  constructor(listener) {
    this.#listener = listener;
    this.#open();
    setInterval(() => this.#watch(), 5e3);
  }
  #open() {
    this.#source?.close();
    const source = new EventSource("/v1/events?since=0");
    this.#source = source;
    source.addEventListener("open", () => {
      this.#alive();
      this.#ask();
    });
    source.addEventListener("alive", () => this.#alive());
    source.addEventListener("change", () => {
      this.#alive();
      this.#ask();
    });
    source.addEventListener("gap", ({ data }) => {
      const { from, to } = JSON.parse(data);
      this.#listener.gap(from, to);
    });
    source.addEventListener("message", (message) => {
      this.#alive();
      if (message.lastEventId === this.#seen || isAfter(this.#seen, message.lastEventId)) return;
      this.#seen = message.lastEventId;
      const event = JSON.parse(message.data);
      this.#listener.event(event);
      this.#ask();
    });
    source.addEventListener("error", () => {
      this.#lose();
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#open(), beforeRetry);
    });
  }
  #alive() {
    this.#heard = Date.now();
    this.#listener.connection("live", "Live");
  }
  /** A connection may be dead without either side having been told. */
  #watch() {
    if (Date.now() - this.#heard < silence || this.#source?.readyState !== EventSource.OPEN) return;
    this.#lose();
    this.#open();
  }
  /** What is shown stays, with the time that it is of. The text stays the same for as long: it is read out once. */
  #lose() {
    const heard = new Date(this.#heard).toLocaleTimeString();
    this.#listener.connection("lost", `No word from the operator since ${heard}: trying again`);
  }
  async #ask() {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    this.#askAgain = false;
    try {
      const answer = await fetch("/v1/pods");
      if (!answer.ok) throw new Error(await answer.text());
      const board = await answer.json();
      this.#listener.board(board);
    } catch {
      this.#askAgain = true;
    }
    setTimeout(() => {
      this.#asking = false;
      if (this.#askAgain) this.#ask();
    }, betweenBoards);
  }
};
function isAfter(id, other) {
  const [, run, number] = /^(.+)-(\d+)$/.exec(id ?? "") ?? [];
  const [, otherRun, otherNumber] = /^(.+)-(\d+)$/.exec(other) ?? [];
  return run !== void 0 && run === otherRun && Number(number) > Number(otherNumber);
}

// src/status/page/browser/pod_details.ts
function podDetails(pod) {
  const facts = [
    [
      "Spec",
      pod.file
    ]
  ];
  if (pod.reason !== "") facts.push([
    "Reason",
    pod.reason
  ]);
  if (pod.exitCode !== void 0) facts.push([
    "Exit code",
    String(pod.exitCode)
  ]);
  if (pod.address !== void 0) facts.push([
    "Address",
    pod.address
  ]);
  facts.push([
    "In this phase since",
    new Date(pod.since).toLocaleString()
  ]);
  if (pod.problem !== void 0) facts.push([
    "Spec error",
    pod.problem.message
  ]);
  const list2 = make("dl");
  for (const [title, text] of facts) list2.append(make("dt", {}, title), make("dd", {}, name(text)));
  const details = make("div", {}, list2);
  if (pod.containers.length > 0) details.append(containerTable(pod));
  return details;
}
function containerTable(pod) {
  const titles = [
    "Container",
    "State",
    "Health",
    "Ports",
    "Restarts",
    "Image",
    "Log"
  ];
  const head = titles.map((title) => make("th", {
    scope: "col",
    role: "columnheader"
  }, title));
  return make("div", {
    class: "wide"
  }, make("table", {
    class: "containers",
    role: "table",
    "aria-label": `Containers of ${pod.name}`
  }, make("thead", {
    role: "rowgroup"
  }, make("tr", {
    role: "row"
  }, ...head)), make("tbody", {
    role: "rowgroup"
  }, ...pod.containers.map((container) => containerRow(pod, container)))));
}
function containerRow(pod, container) {
  const state = cell("State", mark(stateText(container), toneOfContainer(container)));
  if (container.reason !== void 0) state.append(make("span", {
    class: "text"
  }, container.reason));
  const title = containerTitle(container);
  const log = make("a", {
    href: `/v1/pods/${encodeURIComponent(pod.name)}/logs?tail=500&container=${encodeURIComponent(container.name)}`,
    "aria-label": `Log of ${title}`
  }, "Log");
  const image = cell("Image", make("code", {}, container.image));
  image.classList.add("image");
  return make("tr", {
    role: "row"
  }, make("th", {
    scope: "row",
    role: "rowheader"
  }, name(title)), state, cell("Health", container.health ?? "\u2013"), cell("Ports", portTexts([
    container
  ]).join(", ") || "\u2013"), cell("Restarts", String(container.restarts)), image, make("td", {
    role: "cell"
  }, log));
}
function cell(title, content) {
  return make("td", {
    role: "cell",
    "data-title": title
  }, content);
}

// src/status/page/browser/pod_row.ts
var rows = 0;
var PodRow = class {
  line = make("tr", {
    class: "pod"
  });
  details = make("tr", {
    class: "details"
  });
  #button;
  #cells = {
    phase: make("td"),
    running: make("td", {
      class: "nowrap"
    }),
    health: make("td", {
      class: "roomy"
    }),
    ports: make("td", {
      class: "roomy"
    }),
    restarts: make("td", {
      class: "number"
    }),
    since: make("td", {
      class: "roomy nowrap"
    })
  };
  #age = make("time");
  #shown = "";
  #pod;
  constructor(pod, onToggle) {
    this.#pod = pod;
    this.details.id = `details-${++rows}`;
    this.#button = make("button", {
      type: "button",
      class: "open",
      "aria-expanded": "false",
      "aria-controls": this.details.id
    }, name(pod.name));
    this.#button.addEventListener("click", () => {
      this.isOpen = !this.isOpen;
      onToggle(this.isOpen);
    });
    this.#cells.since.append(this.#age);
    this.line.append(make("th", {
      scope: "row"
    }, this.#button), ...Object.values(this.#cells));
    this.details.hidden = true;
    this.update(pod);
  }
  get isOpen() {
    return !this.details.hidden;
  }
  set isOpen(open) {
    if (open === this.isOpen) return;
    this.details.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    this.#fillDetails();
  }
  /** Shows what is known now. */
  update(pod) {
    const text = JSON.stringify({
      ...pod,
      observedAt: ""
    });
    if (text === this.#shown) return;
    this.#shown = text;
    this.#pod = pod;
    const { phase, running, health, ports, restarts } = this.#cells;
    phase.replaceChildren(mark(pod.phase, toneOfPod(pod)));
    if (pod.phase !== "running" && pod.reason !== "") {
      phase.append(make("span", {
        class: "text"
      }, pod.reason));
    }
    if (pod.problem !== void 0) phase.append(make("p", {
      class: "text bad"
    }, "its spec has an error"));
    setText(running, runningText(pod));
    const judged = healthOf(pod);
    health.replaceChildren(judged === void 0 ? "\u2013" : mark(judged.text, judged.tone));
    setText(ports, portTexts(pod.containers).join(", ") || "\u2013");
    setText(restarts, String(restartsOf(pod)));
    this.#age.dateTime = pod.since;
    this.#age.title = new Date(pod.since).toLocaleString();
    this.tick(Date.now());
    this.#fillDetails();
  }
  /** Shows how long ago that was by now. */
  tick(now) {
    setText(this.#age, ageText(this.#pod.since, now));
  }
  #fillDetails() {
    if (!this.isOpen) return this.details.replaceChildren();
    const links = [
      ...this.details.querySelectorAll("a")
    ];
    const focused = links.findIndex((link) => link === document.activeElement);
    this.details.replaceChildren(make("td", {
      colspan: "7"
    }, podDetails(this.#pod)));
    if (focused >= 0) this.details.querySelectorAll("a")[focused]?.focus();
  }
};

// src/status/page/browser/pod_table.ts
var PodTable = class {
  #rows = /* @__PURE__ */ new Map();
  #opened = /* @__PURE__ */ new Set();
  #body = find("rows");
  #table = find("pod-table");
  #filter = find("filter");
  #board;
  #choice = "all";
  #page = 0;
  constructor() {
    this.#filter.addEventListener("input", () => this.#choose());
    find("previous").addEventListener("click", () => this.#turn(-1));
    find("next").addEventListener("click", () => this.#turn(1));
  }
  show(board) {
    this.#board = board;
    this.#draw();
  }
  tick(now) {
    for (const row of this.#rows.values()) row.tick(now);
  }
  #choose() {
    this.#page = 0;
    this.#draw();
    const found = this.#chosen().length;
    setText(find("found"), this.#isNarrowed() ? `${countText(found, "pod")} found` : "");
  }
  #turn(by) {
    this.#page += by;
    this.#draw();
    find("pods-heading").scrollIntoView({
      block: "nearest"
    });
  }
  #isNarrowed() {
    return this.#filter.value.trim() !== "" || this.#choice !== "all";
  }
  #chosen() {
    return chosenPods(this.#board?.pods ?? [], this.#choice, this.#filter.value);
  }
  #draw() {
    const board = this.#board;
    if (board === void 0) return;
    this.#drawChoices(board);
    const chosen = this.#chosen();
    const pages = Math.max(1, Math.ceil(chosen.length / podsOnPage));
    this.#page = Math.min(Math.max(0, this.#page), pages - 1);
    const first = this.#page * podsOnPage;
    this.#drawRows(chosen.slice(first, first + podsOnPage));
    find("pages").hidden = pages === 1;
    setText(find("page"), `${first + 1} to ${Math.min(first + podsOnPage, chosen.length)} of ${chosen.length.toLocaleString("en")}`);
    setDisabled("previous", this.#page === 0);
    setDisabled("next", this.#page === pages - 1);
    const none = find("none");
    none.hidden = chosen.length > 0;
    setText(none, whyNone(board));
    this.#table.hidden = board.pods.length === 0;
  }
  /** Rows stay the elements that they are: what has the focus keeps it, and what did not change is not drawn. */
  #drawRows(pods) {
    const wanted = new Set(pods.map(({ name: name2 }) => name2));
    for (const [name2, row] of this.#rows) {
      if (wanted.has(name2)) continue;
      row.line.remove();
      row.details.remove();
      this.#rows.delete(name2);
    }
    let next = this.#body.firstElementChild;
    for (const pod of pods) {
      let row = this.#rows.get(pod.name);
      if (row === void 0) {
        row = new PodRow(pod, (open) => open ? this.#opened.add(pod.name) : this.#opened.delete(pod.name));
        row.isOpen = this.#opened.has(pod.name);
        this.#rows.set(pod.name, row);
      } else row.update(pod);
      if (next === row.line) next = row.details.nextElementSibling;
      else this.#body.insertBefore(row.line, next), this.#body.insertBefore(row.details, next);
    }
  }
  #drawChoices(board) {
    const box = find("phases");
    const choices = countChoices(board.pods);
    if (!choices.some(({ choice }) => isSameChoice(choice, this.#choice)) && typeof this.#choice === "object") {
      choices.push({
        choice: this.#choice,
        title: this.#choice.phase,
        count: 0
      });
    }
    box.hidden = board.pods.length === 0;
    choices.forEach(({ choice, title, count }, index) => {
      let button = box.children[index];
      if (!(button instanceof HTMLButtonElement)) {
        button = make("button", {
          type: "button"
        });
        box.append(button);
      }
      const made = button;
      setText(made, `${title} ${count.toLocaleString("en")}`);
      made.setAttribute("aria-pressed", String(isSameChoice(choice, this.#choice)));
      made.onclick = () => {
        this.#choice = choice;
        this.#choose();
      };
    });
    while (box.children.length > choices.length) box.lastElementChild?.remove();
  }
};
function summaryOf(board) {
  const attention = board.pods.filter(needsAttention).length;
  const parts = [
    countText(board.pods.length, "pod")
  ];
  if (attention > 0) {
    parts.push(`${attention.toLocaleString("en")} ${attention === 1 ? "needs" : "need"} attention`);
  }
  if (!board.ready) {
    parts.push(board.waitsFor === void 0 ? "specs are being read" : "waits for the engine");
  }
  return `${parts.join(", ")} \xB7 mesolet ${board.mesolet}`;
}
function whyNone(board) {
  if (board.pods.length > 0) return "No pod is like that.";
  if (board.waitsFor !== void 0) return `The operator waits for the engine: ${board.waitsFor}`;
  if (!board.ready) return "The specs are being read.";
  return "There are no pods. Put a spec into a directory that is watched, and it appears here.";
}
function setDisabled(id, disabled) {
  const button = find(id);
  if (!(button instanceof HTMLButtonElement)) return;
  if (disabled && document.activeElement === button) find("pods-heading").focus({
    preventScroll: true
  });
  button.disabled = disabled;
}

// src/status/page/browser/spec_problems.ts
var shown = "";
function showProblems({ problems }) {
  const text = JSON.stringify(problems);
  if (text === shown) return;
  shown = text;
  find("problems").hidden = problems.length === 0;
  find("problem-list").replaceChildren(...problems.map(problemItem));
}
function problemItem(problem) {
  const { file, line, column } = {
    file: problem.file,
    line: void 0,
    column: void 0,
    ...problem.position
  };
  const place = [
    file,
    ...line === void 0 ? [] : [
      line
    ],
    ...column === void 0 ? [] : [
      column
    ]
  ].join(":");
  const item = make("li", {}, make("code", {}, name(place)), " ");
  if (problem.path !== "") item.append(make("code", {}, name(problem.path)), " ");
  item.append(name(problem.message));
  if (problem.keptVersion) {
    const pod = problem.pod === void 0 ? "the pod" : name(problem.pod);
    item.append(make("span", {
      class: "text"
    }, "The last good version of ", pod, " keeps running."));
  }
  return item;
}

// src/status/page/browser/main.ts
var table = new PodTable();
var connection = find("connection");
new Live({
  board(board) {
    table.show(board);
    showProblems(board);
    setText(find("summary"), summaryOf(board));
    const attention = board.pods.filter(needsAttention).length;
    document.title = attention > 0 ? `(${attention}) mesolet` : `mesolet: ${countText(board.pods.length, "pod")}`;
  },
  event: addEvent,
  gap: addGap,
  connection(state, text) {
    connection.dataset["state"] = state;
    setText(connection, text);
  }
});
setInterval(() => table.tick(Date.now()), 1e4);
