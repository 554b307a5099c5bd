export { DescriptionError, unheardOf } from "./errors.ts";
export { addingUp, fields, kinds, list, number, ordered, presetOr, ruled, schemaAddress, share, text, word, type Described, type NumberRange, type Refusal } from "./fields.ts";
export { numberOf, read, schemaOf } from "./read.ts";
