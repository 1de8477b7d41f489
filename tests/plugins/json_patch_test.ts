import { applyPatch, PatchProblem } from "../../src/plugins/json_patch.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

/** A document, a patch, and what it comes to: a document, or why it does not fit. */
const cases: readonly (readonly [unknown, readonly unknown[], unknown])[] = [
  [{ a: 1 }, [], { a: 1 }],
  [{ a: 1 }, [{ op: "add", path: "/b", value: [2] }], { a: 1, b: [2] }],
  [{ a: 1 }, [{ op: "add", path: "/a", value: 2 }], { a: 2 }],
  [{ a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
  [{ a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
  [{ a: { b: 1 } }, [{ op: "remove", path: "/a/b" }], { a: {} }],
  [{ a: [1, 2] }, [{ op: "remove", path: "/a/0" }], { a: [2] }],
  [{ a: 1 }, [{ op: "replace", path: "/a", value: null }], { a: null }],
  [{ a: 1 }, [{ op: "replace", path: "", value: 7 }], 7],
  [{ a: { b: 1 } }, [{ op: "move", from: "/a/b", path: "/c" }], { a: {}, c: 1 }],
  [{ a: [1, 2, 3] }, [{ op: "move", from: "/a/0", path: "/a/2" }], { a: [2, 3, 1] }],
  [{ a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/c" }, { op: "add", path: "/c/b", value: 2 }], {
    a: { b: 1 },
    c: { b: 2 },
  }],
  [{ "a/b": 1, "m~n": 2 }, [{ op: "test", path: "/a~1b", value: 1 }, { op: "remove", path: "/m~0n" }], {
    "a/b": 1,
  }],
  [{ "~1": 1 }, [{ op: "remove", path: "/~01" }], {}],
  [{ a: { x: [1, { y: 2 }] } }, [{ op: "test", path: "/a", value: { x: [1, { y: 2 }] } }], {
    a: { x: [1, { y: 2 }] },
  }],
  [
    { a: "1" },
    [{ op: "test", path: "/a", value: 1 }],
    "operation 0 (test /a): the value there is another one",
  ],
  [{}, [{ op: "remove", path: "/a" }], "operation 0 (remove /a): there is no a"],
  [{}, [{ op: "replace", path: "/a", value: 1 }], "operation 0 (replace /a): there is no a"],
  [{}, [{ op: "add", path: "/a/b", value: 1 }], "operation 0 (add /a/b): there is no a"],
  [{}, [{ op: "add", path: "a", value: 1 }], "operation 0 (add a): a path begins with /"],
  [
    { a: [] },
    [{ op: "add", path: "/a/1", value: 1 }],
    "operation 0 (add /a/1): 1 is no place in a list of 0",
  ],
  [{ a: [1] }, [{ op: "remove", path: "/a/-" }], "operation 0 (remove /a/-): - is no place in a list of 1"],
  [
    { a: [1] },
    [{ op: "remove", path: "/a/00" }],
    "operation 0 (remove /a/00): 00 is no place in a list of 1",
  ],
  [
    { a: 1 },
    [{ op: "add", path: "/a/b", value: 1 }],
    "operation 0 (add /a/b): there is nothing that could hold it",
  ],
  [
    { a: {} },
    [{ op: "move", from: "/a", path: "/a/b" }],
    "operation 0 (move /a/b): /a cannot be moved into itself",
  ],
  [{}, [{ op: "remove", path: "" }], "operation 0 (remove ): the whole cannot be removed"],
  [
    {},
    [{ op: "merge", path: "/a" }],
    "operation 0 (merge /a): is no operation: there are add, remove, replace, move, copy and test",
  ],
  [{}, [{ op: "add", path: "/a" }], "operation 0 (add) has no value"],
  [{}, [{ op: "copy", path: "/a" }], "operation 0 (copy) has no from"],
  [{}, [7], "operation 0 has no op and path"],
  [
    {},
    [{ op: "remove", path: "/constructor" }],
    "operation 0 (remove /constructor): there is no constructor",
  ],
];

Deno.test("JSON patches do what RFC 6902 says, or say why they do not fit", () => {
  for (const [document, patch, expected] of cases) {
    const before = JSON.stringify(document);
    let result: unknown;
    try {
      result = applyPatch(document, patch, 1_000);
    } catch (error) {
      if (!(error instanceof PatchProblem)) throw error;
      result = error.message;
    }
    assertEquals(result, expected, JSON.stringify(patch));
    assertEquals(JSON.stringify(document), before, "the document was changed");
  }
});

Deno.test("a JSON patch cannot reach what every object has", () => {
  const patch = JSON.parse('[{"op": "add", "path": "/__proto__", "value": {"polluted": true}}]');
  const result = applyPatch({}, patch, 1_000);
  assertEquals([JSON.stringify(result), Object("").polluted], ['{"__proto__":{"polluted":true}}', undefined]);
});

Deno.test("a JSON patch that doubles a document again and again is given up", () => {
  const patch = Array.from({ length: 40 }, (_, index) => ({ op: "copy", from: "", path: `/${index}` }));
  assertThrows(() => applyPatch({ a: 1 }, patch, 1_000), PatchProblem, "what comes of it is too large");
});
