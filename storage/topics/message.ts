/** What both Topics adapters accept, so that what works in one process works in a cluster. */
import { InvalidKey } from "../errors.ts";
import { topicLength, topicMessageBytes } from "../limits.ts";

/** Returns `topic`, or throws InvalidKey. */
export function checkTopic(topic: string): string {
  if (topic.length > topicLength || !/^[!-~]+$/.test(topic)) throw new InvalidKey(`a topic has 1 to ${topicLength} printable characters without spaces`);
  return topic;
}

/** A message as JSON text. Throws InvalidKey for what has none, or too much of it. */
export function encodeMessage(message: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message) as string | undefined;
  } catch (error) {
    throw new InvalidKey("a message must have a form in JSON", { cause: error });
  }
  if (text === undefined) throw new InvalidKey("a message must have a form in JSON");
  // A character takes at most three bytes: most messages need no counting.
  if (text.length * 3 > topicMessageBytes && Buffer.byteLength(text) > topicMessageBytes) throw new InvalidKey(`a message has at most ${topicMessageBytes} bytes of JSON`);
  return text;
}
