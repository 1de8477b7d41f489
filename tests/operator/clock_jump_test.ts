import { assertEquals } from "../support/assert.ts";
import { Operating } from "./operating.ts";

const day = 24 * 60 * 60_000;

for (const jump of [day, -day, 400 * day]) {
  Deno.test(`a clock that jumps by ${jump / day} days restarts nothing, and delays nothing`, async () => {
    await using operating = new Operating();
    const { specs, engine, clock } = operating;
    await specs.put("shop", "  web: {image: busybox, restart: always}\n");
    await specs.put("calm", "  web: {image: busybox}\n");
    await operating.start({ bounds: { listWindow: 5 } });
    await clock.advance(60_000);
    const ids = operating.ids;
    const { applied, lists } = engine;
    const steps = applied.length;
    clock.jump(jump);
    await clock.advance(130_000);
    assertEquals(operating.ids, ids);
    assertEquals(applied.length, steps);
    assertEquals(engine.lists - lists <= 4, true, `${engine.lists - lists} lists`);

    // In the midst of a pause, and of the grace of one that is deleted.
    engine.exit("shop-web-1", 1);
    await clock.advance(1_000);
    clock.jump(-jump);
    await clock.advance(10_000);
    assertEquals(operating.container("shop", "web").state, "running");
    assertEquals(operating.container("shop", "web").restarts, 1);
    engine.behave("calm-web-1", { ignoresStop: true });
    specs.take("calm");
    await operating.change();
    clock.jump(jump);
    assertEquals(operating.phases, { calm: "stopping", shop: "running" });
    await clock.advance(11_000);
    assertEquals(operating.phases, { shop: "running" });
    const { board } = operating.operator;
    await clock.advance(60_000);
    assertEquals([board.ready, clock.elapsed() - board.lastProgress <= 5_000], [true, true]);
  });
}

Deno.test("an operator that starts after a jump takes over what runs", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("shop", "  web: {image: busybox, restart: always}\n");
  await operating.start();
  const ids = operating.ids;
  for (const jump of [day, -2 * day]) {
    await operating.stop();
    clock.jump(jump);
    await operating.start();
    await clock.advance(60_000);
    assertEquals([operating.ids, operating.phases], [ids, { shop: "running" }]);
  }
  engine.exit("shop-web-1", 1);
  await clock.advance(10_000);
  assertEquals(operating.container("shop", "web").state, "running");
});
