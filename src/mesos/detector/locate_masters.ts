import type { Clock } from "../../pod/clock.ts";
import type { MasterAddress } from "./master_address.ts";
import { ListedMasters, type MasterLocator } from "./master_locator.ts";

/** Makes the locator for what `--master` says. What speaks with ZooKeeper is loaded only where it is needed. */
export async function locateMasters(
  address: MasterAddress,
  clock: Clock,
  random: () => number,
): Promise<MasterLocator> {
  if (address.kind === "list") return new ListedMasters(address.masters, address.secure);
  const { ZookeeperMasters } = await import("./zookeeper_masters.ts");
  return new ZookeeperMasters({ address, clock, random });
}
