/** What the command line hands over, under commander's camel-case names. Values are texts as typed; absent ones are undefined. */
export interface Flags {
  config?: string | undefined;
  envFile?: readonly string[] | undefined;
  url?: string | undefined;
  /** `true` for `--embedded`, the folder for `--embedded <dir>`. */
  embedded?: boolean | string | undefined;
  database?: string | undefined;
  user?: string | undefined;
  passwordFile?: string | undefined;
  passwordPrompt?: boolean | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  dangerouslyAcceptInvalidCerts?: boolean | undefined;
  proxy?: string | undefined;
  cluster?: string | undefined;
  timeout?: string | undefined;
  table?: readonly string[] | undefined;
  job?: string | undefined;
  schemaDir?: string | undefined;
  out?: string | undefined;
  stateDir?: string | undefined;
  archiveFormat?: string | undefined;
  bundle?: string | undefined;
  only?: readonly string[] | undefined;
  skip?: readonly string[] | undefined;
  failOn?: string | undefined;
  junit?: string | undefined;
  textfile?: string | undefined;
  webhook?: string | undefined;
  concurrency?: string | number | undefined;
  create?: boolean | undefined;
  format?: string | undefined;
  batchRows?: string | number | undefined;
  batchBytes?: string | number | undefined;
  onError?: string | undefined;
  rejectFile?: string | undefined;
  keepSamples?: boolean | undefined;
  sinceHours?: string | number | undefined;
  connections?: string | number | undefined;
  retryFor?: string | number | undefined;
  /** `name=value` each. */
  setting?: readonly string[] | undefined;
}
