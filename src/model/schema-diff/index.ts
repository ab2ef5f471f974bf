export { diffSchemas, mendingStatements } from './diff.ts';
export { type SchemaDifference, schemaDifference } from './difference.ts';
