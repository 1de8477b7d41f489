import { candidatesFor, type NameSources } from "../../src/cli/candidates.ts";
import { printed } from "../../src/cli/complete.ts";
import { assert, assertEquals } from "../support/assert.ts";

const sources: NameSources = {
  services: () => Promise.resolve([{ value: "web", meaning: "nginx" }, { value: "worker", meaning: "" }]),
  pods: () => Promise.resolve([{ value: "shop", meaning: "3 containers" }]),
};

const cases: { readonly words: string[]; readonly values: string[]; readonly directive?: string }[] = [
  { words: ["lo"], values: ["logs"] },
  { words: ["-f", "a.yaml", "lo"], values: ["logs"] },
  { words: ["help", "lo"], values: ["logs"] },
  { words: ["logs", ""], values: ["web", "worker"] },
  { words: ["logs", "web", "wo"], values: ["worker"] },
  { words: ["logs", "--fol"], values: ["--follow"] },
  { words: ["logs", "--progress", "p"], values: ["plain"] },
  { words: ["logs", "--progress=p"], values: ["--progress=plain"] },
  { words: ["--ansi", ""], values: ["auto", "never", "always"] },
  { words: ["down", ""], values: ["shop"] },
  { words: ["down", "shop", ""], values: [] },
  { words: ["-p", "s"], values: ["shop"] },
  { words: ["-ps"], values: [] },
  { words: ["-f", ""], values: [], directive: "files" },
  { words: ["--file=a"], values: [], directive: "files" },
  { words: ["--project-directory", ""], values: [], directive: "directories" },
  { words: ["logs", "-f", ""], values: ["web", "worker"] },
  { words: ["logs", "-tn", ""], values: [] },
  { words: ["up", "--scale", "we"], values: ["web="], directive: "nospace" },
  { words: ["up", "--exit-code-from", "we"], values: ["web"] },
  { words: ["exec", "w"], values: ["web", "worker"] },
  { words: ["exec", "web", "--hel"], values: [] },
  { words: ["completion", ""], values: ["bash", "zsh", "fish"] },
  { words: ["up", "--", "--det"], values: [] },
  { words: ["nonsense", "--det"], values: [] },
];

for (const { words, values, directive } of cases) {
  Deno.test(`completes mesolet ${words.join(" ")}▁`, async () => {
    const answer = await candidatesFor(words, sources);
    assertEquals(answer.candidates.map(({ value }) => value), values);
    assertEquals<string>(answer.directive, directive ?? "words");
  });
}

Deno.test("an empty line offers every command and none that is hidden", async () => {
  const names = (await candidatesFor([""], sources)).candidates.map(({ value }) => value);
  assert(names.includes("up") && names.includes("doctor"));
  assert(!names.includes("__complete") && !names.includes("run"));
});

Deno.test("names are only asked for where they can stand", async () => {
  const unasked: NameSources = {
    services: () => Promise.reject(new Error("asked for services")),
    pods: () => Promise.reject(new Error("asked for pods")),
  };
  await candidatesFor(["lo"], unasked);
  await candidatesFor(["logs", "--fo"], unasked);
  await candidatesFor(["-f", ""], unasked);
});

Deno.test("an answer is a candidate a line, a tab and its meaning, and the directive", () => {
  const candidates = [{ value: "web", meaning: "nginx" }, { value: "x", meaning: "" }];
  assertEquals(printed({ candidates, directive: "words" }), "web\tnginx\nx\n:words\n");
});
