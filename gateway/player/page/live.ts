/** What a login brings to the page: the socket, the service's clock, this device as one of the session's, and the outbox of what was listened to. */
import { connectSocket, EventOutbox, NetworkError, ServerClock, SessionLink, TrackShelf, wireOf, type ApiClient, type DeviceType, type LiveSocket, type LiveView, type PlaybackEvent, type Player, type SessionView, type SessionWish, type SocketState } from "../../../client/index.ts";
import { keep, keptValue } from "./kept.ts";
import { everySecond } from "./steady-timer.ts";

export interface LiveOptions {
  readonly api: ApiClient;
  readonly player: Player;
  readonly userId: string;
  readonly device: { readonly deviceId: string; readonly name: string; readonly type: DeviceType };
  readonly changed: () => void;
  readonly refused: (error: unknown, wish: SessionWish) => void;
  /** The browser forbids sound until somebody touches the page. */
  readonly blocked: () => void;
  readonly onState?: (state: SocketState) => void;
}

/** How often the place in the music is kept, for a page that is gone without a word. */
const keepMs = 5_000;

export class Live {
  readonly clock: ServerClock;
  readonly link: SessionLink;
  readonly tracks: TrackShelf;
  readonly socket: LiveSocket;
  readonly #outbox: EventOutbox;
  readonly #view: LiveView<SessionView>;
  readonly #keptName: string;
  readonly #stopTicking: () => void;
  readonly #onHide = () => this.#keep(this.link.leave());
  #isOpen = false;
  #keptAt = 0;
  #kept: SessionView | null = null;

  constructor({ api, player, userId, device, changed, refused, blocked, onState }: LiveOptions) {
    this.#keptName = `ensemble.session.${userId}`;
    const eventsName = `ensemble.events.${userId}`;
    const call = async <Answer>(action: string, params: object) => this.#calling().call<Answer>(action, params);
    this.clock = new ServerClock({ ask: async () => this.#calling().clockExchange() });
    const wire = wireOf(call, device.deviceId, () => this.#view.refresh());
    this.#outbox = new EventOutbox({ send: async (event) => wire.event(event), store: { load: () => (keptValue(eventsName) as readonly PlaybackEvent[] | null) ?? [], save: (events) => keep(eventsName, events) } });
    this.tracks = new TrackShelf({ fetch: (ids) => api.tracks(ids), came: changed });
    this.link = new SessionLink({
      player, device, changed, refused, blocked,
      calls: wire.calls,
      tracks: this.tracks,
      now: () => this.clock.now() ?? Date.now(),
      happened: (event) => this.#outbox.add(event),
      maySound: () => navigator.userActivation?.hasBeenActive ?? true,
      kept: keptValue(this.#keptName) as SessionView | null,
    });
    this.socket = connectSocket({
      url: "",
      token: () => api.accessToken(),
      onState: (state) => {
        if (state === "connected") this.#connected();
        else this.link.disconnected();
        onState?.(state);
      },
    });
    this.#isOpen = true;
    this.#view = this.socket.watchSession<SessionView>({ onView: (view) => this.link.receive(view) });
    this.#stopTicking = everySecond(() => this.#tick());
    addEventListener("pagehide", this.#onHide);
  }

  /** The socket, which everything else is made for and which is made last: it tells of its state at once. */
  #calling(): LiveSocket {
    if (!this.#isOpen) throw new NetworkError(new Error("the socket is not open yet"));
    return this.socket;
  }

  /** `forgets`: what was played is not kept here. */
  close(forgets: boolean): void {
    this.#stopTicking();
    removeEventListener("pagehide", this.#onHide);
    this.#onHide();
    if (forgets) keep(this.#keptName, null);
    this.#view.end();
    this.#outbox.close();
    this.clock.end();
    this.socket.close();
  }

  #connected(): void {
    this.clock.refresh();
    this.link.connected();
    this.#outbox.retryNow();
  }

  #tick(): void {
    this.link.tick();
    if (!this.link.isHere || performance.now() - this.#keptAt < keepMs) return;
    this.#keptAt = performance.now();
    if (this.link.copy !== this.#kept) this.#keep(this.link.copy);
  }

  #keep(copy: SessionView): void {
    this.#kept = copy;
    if (copy.queue.length > 0) keep(this.#keptName, copy);
  }
}
