// deno-fmt-ignore-file
// deno-lint-ignore-file
// Made by `deno task page` of browser/main.ts: not to be edited.
// src/status/page/browser/cluster_model.ts
var shownHosts = 2;
function toneOfInstance({ state, ready }) {
  switch (state) {
    case "running":
      return ready ? "good" : "busy";
    case "finished":
      return "over";
    case "backing-off":
    case "unreachable":
      return "bad";
    default:
      return "busy";
  }
}
function isInTrouble({ state }) {
  return state === "backing-off" || state === "unreachable" || state === "waiting";
}
function instanceText({ state, ready }) {
  if (state === "running" && !ready) return "running, not ready";
  if (state === "waiting") return "waiting for a place";
  return state === "backing-off" ? "backing off" : state;
}
function readyText(instances) {
  const ready = new Set(instances.filter((each) => each.ready && each.state === "running").map(({ slot }) => slot));
  return `${ready.size} of ${new Set(instances.map(({ slot }) => slot)).size}`;
}
function hostsText(instances) {
  const hosts = [
    ...new Set(instances.flatMap(({ agent }) => agent === void 0 ? [] : [
      agent.hostname
    ]))
  ].sort();
  const more = hosts.length - shownHosts;
  const shown2 = hosts.slice(0, shownHosts).join(", ");
  return hosts.length === 0 ? "\u2013" : more > 0 ? `${shown2} and ${more} more` : shown2;
}
function toneOfAgent({ state }) {
  return state === "known" ? "good" : state === "unreachable" ? "bad" : "busy";
}
function agentText({ state }) {
  return state === "known" ? "ok" : state;
}
function traitsText({ region, zone, attributes }) {
  const place = [
    region,
    zone
  ].filter((each) => each !== void 0).join(" / ");
  const traits = attributes.map(({ name: name2, values }) => `${name2}: ${values.join(", ")}`);
  return [
    ...place === "" ? [] : [
      place
    ],
    ...traits
  ].join(" \xB7 ");
}
function chosenAgents(agents2, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [
    ...agents2
  ];
  return agents2.filter((agent) => {
    const pods = agent.tasks.map(({ pod }) => pod);
    const text = [
      agent.hostname,
      agent.id,
      agentText(agent),
      traitsText(agent),
      ...pods
    ].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
function mebibytesText(amount) {
  if (amount < 1024) return `${Math.floor(amount)} MiB`;
  const gibibytes = amount / 1024;
  return `${gibibytes < 10 ? Math.floor(gibibytes * 10) / 10 : Math.floor(gibibytes).toLocaleString("en")} GiB`;
}
function cpusText(amount) {
  return String(Math.floor(amount * 100) / 100);
}
function masterText({ connected, master: master2, reason }) {
  if (connected) return `Master ${master2 ?? ""}`;
  return reason === void 0 ? "No master yet" : `No master: ${reason}`;
}

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
function cell(title, content) {
  return make("td", {
    role: "cell",
    "data-title": title
  }, content);
}
function setDisabled(id, disabled, instead) {
  const button = find(id);
  if (!(button instanceof HTMLButtonElement)) return;
  if (disabled && document.activeElement === button) find(instead).focus({
    preventScroll: true
  });
  button.disabled = disabled;
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
  return toneOfPod(pod) === "bad" || pod.problem !== void 0 || pod.containers.some((container) => toneOfContainer(container) === "bad") || (pod.instances ?? []).some(isInTrouble);
}
function chosenPods(pods, choice, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return pods.filter((pod) => {
    if (choice === "attention" && !needsAttention(pod)) return false;
    if (typeof choice === "object" && pod.phase !== choice.phase) return false;
    if (words.length === 0) return true;
    const parts = pod.containers.flatMap(({ name: name2, image }) => [
      name2,
      image
    ]);
    const agents2 = (pod.instances ?? []).flatMap(({ agent }) => agent?.hostname ?? []);
    const text = [
      pod.name,
      pod.file,
      ...parts,
      ...agents2
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
function runningText({ containers, instances }) {
  if (instances !== void 0) return readyText(instances);
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
function agentsOf({ instances = [] }) {
  return hostsText(instances);
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

// src/status/page/browser/agent_row.ts
var rows = 0;
var AgentRow = class {
  line = make("tr", {
    class: "agent"
  });
  details = make("tr", {
    class: "details"
  });
  #button;
  #traits = make("span", {
    class: "text"
  });
  #cells = {
    state: make("td"),
    tasks: make("td", {
      class: "number"
    }),
    cpus: make("td", {
      class: "number roomy"
    }),
    memory: make("td", {
      class: "number nowrap roomy"
    }),
    ports: make("td", {
      class: "number roomy"
    }),
    offered: make("td", {
      class: "roomy nowrap"
    })
  };
  #shown = "";
  #agent;
  constructor(agent, onToggle) {
    this.#agent = agent;
    this.details.id = `tasks-${++rows}`;
    this.#button = make("button", {
      type: "button",
      class: "open",
      "aria-expanded": "false",
      "aria-controls": this.details.id
    }, name(agent.hostname));
    this.#button.addEventListener("click", () => {
      this.isOpen = !this.isOpen;
      onToggle(this.isOpen);
    });
    this.line.append(make("th", {
      scope: "row"
    }, this.#button, this.#traits), ...Object.values(this.#cells));
    this.details.hidden = true;
    this.update(agent);
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
  update(agent) {
    const text = JSON.stringify(agent);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#agent = agent;
    const { state, tasks, cpus, memory, ports } = this.#cells;
    const { offered } = agent;
    setText(this.#traits, traitsText(agent));
    state.replaceChildren(mark(agentText(agent), toneOfAgent(agent)));
    setText(tasks, agent.tasks.length.toLocaleString("en"));
    setText(cpus, offered === void 0 ? "\u2013" : cpusText(offered.cpus));
    setText(memory, offered === void 0 ? "\u2013" : mebibytesText(offered.memory));
    setText(ports, offered === void 0 ? "\u2013" : offered.ports.toLocaleString("en"));
    this.tick(Date.now());
    this.#fillDetails();
  }
  /** Shows how long ago its offer was by now. */
  tick(now) {
    const { offered } = this.#agent;
    setText(this.#cells.offered, offered === void 0 ? "\u2013" : `${ageText(offered.at, now)} ago`);
  }
  #fillDetails() {
    if (!this.isOpen) return this.details.replaceChildren();
    const { tasks, id, offered } = this.#agent;
    const facts = make("dl", {}, make("dt", {}, "Id"), make("dd", {}, make("code", {}, name(id))));
    if (offered !== void 0) {
      const { cpus, memory, disk, gpus, ports } = offered;
      facts.append(make("dt", {}, "Free"), make("dd", {}, [
        `${cpusText(cpus)} CPUs`,
        `${mebibytesText(memory)} memory`,
        `${mebibytesText(disk)} disk`,
        ...gpus > 0 ? [
          `${cpusText(gpus)} GPUs`
        ] : [],
        countText(ports, "port")
      ].join(", ")), make("dt", {}, "Offered"), make("dd", {}, `${new Date(offered.at).toLocaleString()} to ${offered.roles.join(", ")}`));
    }
    const list2 = tasks.length === 0 ? make("p", {
      class: "quiet"
    }, "No tasks of ours are there.") : make("ul", {
      class: "tasks",
      "aria-label": "Tasks"
    }, ...tasks.map(({ pod, slot, state }) => make("li", {}, name(`${pod} ${slot}`), " ", mark(instanceText({
      state,
      ready: true
    }), toneOfTask(state)))));
    this.details.replaceChildren(make("td", {
      colspan: "7"
    }, facts, list2));
  }
};
function toneOfTask(state) {
  return state === "running" ? "good" : state === "unreachable" ? "bad" : "busy";
}

// src/status/page/browser/agent_table.ts
var agentsOnPage = 25;
var AgentTable = class {
  #rows = /* @__PURE__ */ new Map();
  #opened = /* @__PURE__ */ new Set();
  #body = find("agent-rows");
  #filter = find("agent-filter");
  #agents = [];
  #page = 0;
  constructor() {
    this.#filter.addEventListener("input", () => {
      this.#page = 0;
      this.#draw();
      const found = chosenAgents(this.#agents, this.#filter.value).length;
      setText(find("agents-found"), this.#filter.value.trim() === "" ? "" : `${countText(found, "agent")} found`);
    });
    find("agents-previous").addEventListener("click", () => this.#turn(-1));
    find("agents-next").addEventListener("click", () => this.#turn(1));
  }
  show({ agents: agents2 }) {
    this.#agents = agents2;
    this.#draw();
  }
  tick(now) {
    for (const row of this.#rows.values()) row.tick(now);
  }
  #turn(by) {
    this.#page += by;
    this.#draw();
    find("agents-heading").scrollIntoView({
      block: "nearest"
    });
  }
  #draw() {
    const chosen = chosenAgents(this.#agents, this.#filter.value);
    const pages = Math.max(1, Math.ceil(chosen.length / agentsOnPage));
    this.#page = Math.min(Math.max(0, this.#page), pages - 1);
    const first = this.#page * agentsOnPage;
    this.#drawRows(chosen.slice(first, first + agentsOnPage));
    find("agent-pages").hidden = pages === 1;
    setText(find("agent-page"), `${first + 1} to ${Math.min(first + agentsOnPage, chosen.length)} of ${chosen.length.toLocaleString("en")}`);
    setDisabled("agents-previous", this.#page === 0, "agents-heading");
    setDisabled("agents-next", this.#page === pages - 1, "agents-heading");
    const none = find("no-agents");
    none.hidden = chosen.length > 0;
    setText(none, this.#agents.length > 0 ? "No agent is like that." : "No agent has offered anything since the operator began.");
    find("agent-table").hidden = this.#agents.length === 0;
  }
  /** Rows stay the elements that they are: what has the focus keeps it, and what did not change is not drawn. */
  #drawRows(agents2) {
    const wanted = new Set(agents2.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.line.remove();
      row.details.remove();
      this.#rows.delete(id);
    }
    let next = this.#body.firstElementChild;
    for (const agent of agents2) {
      let row = this.#rows.get(agent.id);
      if (row === void 0) {
        row = new AgentRow(agent, (open) => open ? this.#opened.add(agent.id) : this.#opened.delete(agent.id));
        row.isOpen = this.#opened.has(agent.id);
        this.#rows.set(agent.id, row);
      } else row.update(agent);
      if (next === row.line) next = row.details.nextElementSibling;
      else this.#body.insertBefore(row.line, next), this.#body.insertBefore(row.details, next);
    }
  }
};

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

// src/status/page/browser/repeated_ask.ts
var RepeatedAsk = class {
  #path;
  #pause;
  #insists;
  #onAnswer;
  #asking = false;
  #askAgain = false;
  /**
   * @param pause milliseconds between two questions
   * @param insists asks again by itself where there was no answer
   */
  constructor(path, pause, insists, onAnswer) {
    this.#path = path;
    this.#insists = insists;
    this.#pause = pause;
    this.#onAnswer = onAnswer;
  }
  async ask() {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    this.#askAgain = false;
    try {
      const answer = await fetch(this.#path, {
        headers: {
          Accept: "application/json"
        }
      });
      if (!answer.ok) throw new Error(await answer.text());
      const value = await answer.json();
      this.#onAnswer(value);
    } catch {
      this.#askAgain ||= this.#insists;
    }
    setTimeout(() => {
      this.#asking = false;
      if (this.#askAgain) this.ask();
    }, this.#pause);
  }
};

// src/status/page/browser/live.ts
var betweenBoards = 1e3;
var betweenAgents = 3e3;
var agentsAtLeast = 15e3;
var silence = 25e3;
var beforeRetry = 2e3;
var Live = class {
  #listener;
  #source;
  #heard = Date.now();
  #seen;
  #pods;
  #agents;
  #isCluster = false;
  constructor(listener) {
    this.#listener = listener;
    this.#pods = new RepeatedAsk("/v1/pods", betweenBoards, true, (board) => {
      const wasCluster = this.#isCluster;
      this.#isCluster = board.cluster !== void 0;
      listener.board(board);
      if (this.#isCluster && !wasCluster) this.#agents.ask();
    });
    this.#agents = new RepeatedAsk("/v1/agents", betweenAgents, true, (agents2) => listener.agents(agents2));
    this.#open();
    setInterval(() => this.#watch(), 5e3);
    setInterval(() => {
      if (this.#isCluster) this.#agents.ask();
    }, agentsAtLeast);
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
  /** Asks for what is shown of pods, and of agents where there are any. */
  #ask() {
    this.#pods.ask();
    if (this.#isCluster) this.#agents.ask();
  }
};
function isAfter(id, other) {
  const [, run, number] = /^(.+)-(\d+)$/.exec(id ?? "") ?? [];
  const [, otherRun, otherNumber] = /^(.+)-(\d+)$/.exec(other) ?? [];
  return run !== void 0 && run === otherRun && Number(number) > Number(otherNumber);
}

// src/status/waiting_words.ts
function waitingGroups(instances) {
  const groups = /* @__PURE__ */ new Map();
  for (const { slot, shortage } of instances) {
    if (shortage === void 0) continue;
    const key = JSON.stringify(shortage);
    const group = groups.get(key);
    if (group === void 0) groups.set(key, {
      slots: [
        slot
      ],
      shortage
    });
    else group.slots.push(slot);
  }
  return [
    ...groups.values()
  ];
}
function shortageText({ agents: agents2, fitting }) {
  if (agents2 === 0) return "No agent has offered anything yet.";
  const all = agents2 === 1 ? "The one agent that offered something" : `Of ${agents2.toLocaleString("en")} agents that offered something,`;
  if (fitting > 0) {
    return agents2 === 1 ? `${all} will do: it is taken when it offers that again.` : `${all} ${fitting.toLocaleString("en")} will do: one is taken when it offers that again.`;
  }
  return agents2 === 1 ? `${all} will not do.` : `${all} none will do.`;
}
function slotsText(slots) {
  const ranges = [];
  for (const slot of slots) {
    const last = ranges.at(-1);
    if (last !== void 0 && last[1] === slot - 1) last[1] = slot;
    else ranges.push([
      slot,
      slot
    ]);
  }
  const texts = ranges.map(([first, last]) => first === last ? String(first) : last === first + 1 ? `${first}, ${last}` : `${first} to ${last}`);
  return `${slots.length === 1 ? "instance" : "instances"} ${texts.join(", ")}`;
}

// src/status/page/browser/instance_table.ts
function instanceTable({ name: pod, instances = [] }) {
  const titles = [
    "Instance",
    "State",
    "Agent",
    "Ports",
    "Since",
    "Task",
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
    "aria-label": `Instances of ${pod}`
  }, make("thead", {
    role: "rowgroup"
  }, make("tr", {
    role: "row"
  }, ...head)), make("tbody", {
    role: "rowgroup"
  }, ...instances.map((instance) => instanceRow(pod, instance)))));
}
function instanceRow(pod, instance) {
  const { slot, agent, address, ports, since, startsAgainAt, task, reason } = instance;
  const state = cell("State", mark(instanceText(instance), toneOfInstance(instance)));
  if (reason !== void 0) state.append(make("span", {
    class: "text"
  }, name(reason)));
  if (startsAgainAt !== void 0) {
    state.append(make("span", {
      class: "text"
    }, `again at ${momentText(new Date(startsAgainAt), /* @__PURE__ */ new Date())}`));
  }
  const place = cell("Agent", agent === void 0 ? "\u2013" : name(agent.hostname));
  if (address !== void 0 && address !== agent?.hostname) {
    place.append(make("span", {
      class: "text"
    }, name(address)));
  }
  place.classList.add("place");
  const taskCell = cell("Task", task === void 0 ? "\u2013" : make("code", {}, name(task)));
  taskCell.classList.add("image");
  return make("tr", {
    role: "row"
  }, make("th", {
    scope: "row",
    role: "rowheader"
  }, String(slot)), state, place, cell("Ports", ports.length === 0 ? "\u2013" : ports.join(", ")), cell("Since", since === void 0 ? "\u2013" : momentText(new Date(since), /* @__PURE__ */ new Date())), taskCell, make("td", {
    role: "cell"
  }, ...task === void 0 ? [] : [
    make("a", {
      href: `/v1/pods/${encodeURIComponent(pod)}/logs?tail=500&instance=${slot}`,
      "aria-label": `Log of instance ${slot}`
    }, "Log")
  ]));
}
function whyView({ instances }) {
  return waitingGroups(instances).map(({ slots, shortage }) => {
    const box = make("div", {
      class: "why"
    }, make("h3", {}, `Why ${slotsText(slots)} ${slots.length === 1 ? "waits" : "wait"}`), make("p", {}, shortageText(shortage)));
    if (shortage.lacks.length > 0) {
      box.append(make("ul", {}, ...shortage.lacks.map(({ text, agents: agents2 }) => make("li", {}, make("strong", {}, countText(agents2, "agent")), ": ", name(text)))));
    }
    if (shortage.nearest.length > 0 && shortage.agents > 1) {
      const list2 = make("dl");
      for (const { agent, lacks } of shortage.nearest) {
        list2.append(make("dt", {}, name(agent.hostname)), make("dd", {}, name(lacks.join("; "))));
      }
      box.append(make("p", {
        class: "quiet"
      }, "The nearest:"), list2);
    }
    return box;
  });
}

// src/status/page/browser/pod_details.ts
function podDetails(pod, why) {
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
  if (pod.instances !== void 0 && pod.instances.length > 0) details.append(instanceTable(pod));
  if (why !== void 0) details.append(...whyView(why));
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

// src/status/page/browser/pod_row.ts
var betweenWhys = 2e3;
var rows2 = 0;
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
      class: "roomy here"
    }),
    ports: make("td", {
      class: "roomy here"
    }),
    restarts: make("td", {
      class: "number here"
    }),
    agents: make("td", {
      class: "roomy there"
    }),
    since: make("td", {
      class: "roomy nowrap"
    })
  };
  #age = make("time");
  #shown = "";
  #pod;
  #asked;
  #why;
  constructor(pod, onToggle) {
    this.#pod = pod;
    this.details.id = `details-${++rows2}`;
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
    const { phase, running, health, ports, restarts, agents: agents2 } = this.#cells;
    phase.replaceChildren(mark(pod.phase, toneOfPod(pod)));
    const tells = pod.phase !== "running" || pod.instances !== void 0 && needsAttention(pod);
    if (tells && pod.reason !== "") {
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
    agents2.replaceChildren(name(agentsOf(pod)));
    this.#age.dateTime = pod.since;
    this.#age.title = new Date(pod.since).toLocaleString();
    this.tick(Date.now());
    this.#fillDetails();
  }
  /** Shows how long ago that was by now. */
  tick(now) {
    setText(this.#age, ageText(this.#pod.since, now));
    if (this.isOpen) this.#askWhy();
  }
  /** Asks why instances have no place; agents change their minds without a word. */
  #askWhy() {
    if (!(this.#pod.instances ?? []).some(({ state }) => state === "waiting")) {
      this.#why = void 0;
      return;
    }
    this.#asked ??= new RepeatedAsk(`/v1/pods/${encodeURIComponent(this.#pod.name)}/why`, betweenWhys, false, (why) => {
      if (JSON.stringify(why) === JSON.stringify(this.#why)) return;
      this.#why = why;
      this.#drawDetails();
    });
    this.#asked.ask();
  }
  #fillDetails() {
    if (!this.isOpen) {
      this.#why = void 0;
      return this.details.replaceChildren();
    }
    this.#askWhy();
    this.#drawDetails();
  }
  #drawDetails() {
    if (!this.isOpen) return;
    const links = [
      ...this.details.querySelectorAll("a")
    ];
    const focused = links.findIndex((link) => link === document.activeElement);
    this.details.replaceChildren(make("td", {
      colspan: "7"
    }, podDetails(this.#pod, this.#why)));
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
    setText(find("running-title"), board.cluster === void 0 ? "Running" : "Ready");
    const chosen = this.#chosen();
    const pages = Math.max(1, Math.ceil(chosen.length / podsOnPage));
    this.#page = Math.min(Math.max(0, this.#page), pages - 1);
    const first = this.#page * podsOnPage;
    this.#drawRows(chosen.slice(first, first + podsOnPage));
    find("pages").hidden = pages === 1;
    setText(find("page"), `${first + 1} to ${Math.min(first + podsOnPage, chosen.length)} of ${chosen.length.toLocaleString("en")}`);
    setDisabled("previous", this.#page === 0, "pods-heading");
    setDisabled("next", this.#page === pages - 1, "pods-heading");
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
    parts.push(board.waitsFor === void 0 ? "specs are being read" : `waits for the ${awaited(board)}`);
  }
  return `${parts.join(", ")} \xB7 mesolet ${board.mesolet}`;
}
function awaited({ awaits }) {
  return awaits ?? "engine";
}
function whyNone(board) {
  if (board.pods.length > 0) return "No pod is like that.";
  if (board.waitsFor !== void 0) {
    return `The operator waits for the ${awaited(board)}: ${board.waitsFor}`;
  }
  if (!board.ready) return "The specs are being read.";
  return "There are no pods. Put a spec into a directory that is watched, and it appears here.";
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
var agents = new AgentTable();
var connection = find("connection");
var master = find("master");
new Live({
  board(board) {
    const { cluster } = board;
    document.body.classList.toggle("on-cluster", cluster !== void 0);
    find("agents").hidden = cluster === void 0;
    master.hidden = cluster === void 0;
    if (cluster !== void 0) {
      master.className = `mark ${cluster.connected ? "good" : "bad"}`;
      setText(master, masterText(cluster));
    }
    table.show(board);
    showProblems(board);
    setText(find("summary"), summaryOf(board));
    const attention = board.pods.filter(needsAttention).length;
    document.title = attention > 0 ? `(${attention}) mesolet` : `mesolet: ${countText(board.pods.length, "pod")}`;
  },
  agents(record) {
    agents.show(record);
  },
  event: addEvent,
  gap: addGap,
  connection(state, text) {
    connection.dataset["state"] = state;
    setText(connection, text);
  }
});
setInterval(() => {
  table.tick(Date.now());
  agents.tick(Date.now());
}, 1e4);
