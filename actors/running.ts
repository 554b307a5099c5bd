/** What a service has while it runs, kept by the service: several of one name may run in a process. */
import type { Service } from "moleculer";

/** `open` in `started`, `close` in `stopped`; `running` throws before the one and after the other. `name` is the service's. */
export function whileRunning<State extends object>(name: string) {
  const opened = new WeakMap<Service, State>();
  return {
    open: (service: Service, state: State): void => void opened.set(service, state),
    ifRunning: (service: Service): State | undefined => opened.get(service),
    running(this: void, service: Service): State {
      const state = opened.get(service);
      if (state === undefined) throw new Error(`the ${name} service is not started`);
      return state;
    },
    close(this: void, service: Service): State | undefined {
      const state = opened.get(service);
      opened.delete(service);
      return state;
    },
  };
}
