export { DescriptionError, fieldsOf, listOf, numberOf, optional, textOf, wordOf, type NumberRange } from "./read.ts";
