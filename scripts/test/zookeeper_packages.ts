/** Where Debian has ZooKeeper. */
export const zookeeperLibrary = "/usr/share/java/zookeeper.jar";

/**
 * Debian's packages of ZooKeeper and of what runs it, by a file of each. The package `zookeeper` adds a desktop's Java
 * and a user for a service, which tests have no use for.
 */
export const zookeeperPackages: Readonly<Record<string, string>> = {
  java: "default-jre-headless",
  [zookeeperLibrary]: "libzookeeper-java",
};
