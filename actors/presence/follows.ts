/**
 * Changes of who follows whom, in the table. What is answered is committed.
 *
 * Those that wait while a transaction is under way are the next one, so a node has one at a time: thousands who begin to follow one account
 * at once all change its row, and must not each hold a connection while they wait for it. The number of followers moves in the transaction
 * of the follows that it counts; a follow that is there is not made again, hence counted once.
 *
 * Locks are taken in one order everywhere: followers by a lock on their ids, so that the bound of each holds; then the rows of the followed.
 */
import { promisify } from "node:util";
import type { Database, Queryable } from "../../storage/index.ts";
import { Overloaded } from "../errors.ts";
import { factsOf, type Row } from "./facts-row.ts";
import { limits } from "./limits.ts";
import type { Facts } from "./model/index.ts";

/** The followee's facts when something changed; undefined when it was so before; "full" when the follower follows as many as he may. */
export type Outcome = Facts | "full" | undefined;

interface Pair {
  readonly follower: string;
  readonly followee: string;
}

interface Change extends Pair {
  readonly follows: boolean;
  readonly settled: PromiseWithResolvers<Outcome>;
}

const endOfTurn = promisify(setImmediate);
const pairs = "unnest($1::text[], $2::text[]) as given (follower, followee)";
const returning = "returning follower_id as follower, followee_id as followee";

const lockSql = `select pg_advisory_xact_lock(key) from (select distinct hashtextextended('follow ' || id, 0) as key from unnest($1::text[]) as given (id) order by 1) as keys`;
const followSql = `insert into follow (follower_id, followee_id) select follower, followee from ${pairs} where (select count(*) from follow where follower_id = follower) < $3 on conflict do nothing ${returning}`;
const unfollowSql = `delete from follow using ${pairs} where follower_id = follower and followee_id = followee ${returning}`;
const knownSql = `select follower_id as follower, followee_id as followee from follow join ${pairs} on follower_id = follower and followee_id = followee`;
const rowsSql = `insert into social (user_id) select id from unnest($1::text[]) as given (id) order by id on conflict do nothing`;
const countSql = `
with mine as materialized (select user_id, by from social join unnest($1::text[], $2::int[]) as given (id, by) on user_id = id order by user_id for update of social)
update social set followers = greatest(0, followers + by), version = version + 1 from mine where social.user_id = mine.user_id
returning social.user_id, version, share, private_until, followers`;

export class Follows {
  readonly #database: Database;
  /** Accounts that one may follow. */
  readonly #most: number;
  #waiting: Change[] = [];
  #isRunning = false;

  constructor(database: Database, most: number) {
    this.#database = database;
    this.#most = most;
  }

  /** Throws Overloaded, or as the database does. */
  follow(follower: string, followee: string): Promise<Outcome> {
    return this.#add({ follower, followee, follows: true });
  }

  unfollow(follower: string, followee: string): Promise<Outcome> {
    return this.#add({ follower, followee, follows: false });
  }

  #add(change: Omit<Change, "settled">): Promise<Outcome> {
    if (this.#waiting.length >= limits.followsWaiting) return Promise.reject(new Overloaded("Too many follow at this moment.", 1_000));
    const settled = Promise.withResolvers<Outcome>();
    this.#waiting.push({ ...change, settled });
    if (!this.#isRunning) void this.#run();
    return settled.promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // Those of one turn of the event loop are together.
    await endOfTurn();
    while (this.#waiting.length > 0) {
      const batch = this.#taken();
      try {
        const outcomes = await this.#database.transaction((transaction) => this.#write(transaction, batch));
        batch.forEach(({ settled }, at) => settled.resolve(outcomes[at]));
      } catch (error) {
        for (const { settled } of batch) settled.reject(error);
      }
    }
    this.#isRunning = false;
  }

  /** The first that wait, of each account one: its next may depend on it. */
  #taken(): Change[] {
    const batch = new Map<string, Change>();
    const rest: Change[] = [];
    for (const change of this.#waiting) {
      if (batch.size < limits.followsAtOnce && !batch.has(change.follower)) batch.set(change.follower, change);
      else rest.push(change);
    }
    this.#waiting = rest;
    return [...batch.values()];
  }

  async #write(transaction: Queryable, batch: readonly Change[]): Promise<Outcome[]> {
    await transaction.prepared(lockSql, [batch.map(({ follower }) => follower)]);
    const begun = batch.filter(({ follows }) => follows);
    const ended = batch.filter(({ follows }) => !follows);
    const made = begun.length === 0 ? [] : await transaction.prepared<Pair>(followSql, [...columnsOf(begun), this.#most]);
    const gone = ended.length === 0 ? [] : await transaction.prepared<Pair>(unfollowSql, columnsOf(ended));
    const known = made.length === begun.length ? made : await transaction.prepared<Pair>(knownSql, columnsOf(begun));
    const facts = await counted(transaction, made, gone);
    const [changed, there] = [new Set([...made, ...gone].map(keyOf)), new Set(known.map(keyOf))];
    return batch.map((change) => {
      if (changed.has(keyOf(change))) return facts.get(change.followee);
      return !change.follows || there.has(keyOf(change)) ? undefined : "full";
    });
  }
}

async function counted(transaction: Queryable, made: readonly Pair[], gone: readonly Pair[]): Promise<ReadonlyMap<string, Facts>> {
  const by = new Map<string, number>();
  for (const { followee } of made) by.set(followee, (by.get(followee) ?? 0) + 1);
  for (const { followee } of gone) by.set(followee, (by.get(followee) ?? 0) - 1);
  if (by.size === 0) return new Map();
  await transaction.prepared(rowsSql, [[...by.keys()]]);
  const rows = await transaction.prepared<Row>(countSql, [[...by.keys()], [...by.values()]]);
  return new Map(rows.map((row) => [row.user_id, factsOf(row)]));
}

const keyOf = ({ follower, followee }: Pair): string => `${follower} ${followee}`;
const columnsOf = (some: readonly Pair[]): [string[], string[]] => [some.map(({ follower }) => follower), some.map(({ followee }) => followee)];
