/**
 * What mesolet uses of `node:sqlite`. The types of Node.js that come with dockerode's are from before there was such a
 * module.
 */
declare module "node:sqlite" {
  /** A value of a column. */
  export type SqliteValue = null | number | bigint | string | Uint8Array;

  /** A prepared statement. */
  export class StatementSync {
    run(...values: SqliteValue[]): { readonly changes: number | bigint };
    all(...values: SqliteValue[]): Record<string, SqliteValue>[];
    get(...values: SqliteValue[]): Record<string, SqliteValue> | undefined;
  }

  /** A database in a file. */
  export class DatabaseSync {
    constructor(path: string);
    /** Whether one was begun, and has not ended. */
    readonly isTransaction: boolean;
    exec(statements: string): void;
    prepare(statement: string): StatementSync;
    close(): void;
  }
}
