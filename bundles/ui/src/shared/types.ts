/** What the HTTP API sends, version 1. Fields that are absent are unknown. Instants are ISO-8601 texts. */

export type SessionStatus = "idle" | "busy" | "retry" | "waiting" | "interrupted" | "failed";

/** One conversation. */
export interface Session {
  id: string;
  title: string;
  /** Absolute path of the directory OpenCode works in. */
  workspace: string;
  status: SessionStatus;
  /** Whether it has a card. */
  active: boolean;
  createdAt: string;
  updatedAt: string;
  /** The session that asked for this one, for a sub-agent. */
  parentId?: string;
  /** In US dollars. */
  cost?: number;
  tokens?: number;
  /** One sentence, when the status is failed or retry. */
  problem?: string;
  /** When OpenCode tries again, when the status is retry. */
  retryAt?: string;
  /** Of its card, 1 to 10, the same in every browser; absent when it is not active. */
  number?: number;
  /** `provider/model` that the next message is answered by; absent when nothing was chosen or used yet. */
  model?: string;
  agent?: string;
  /** How many messages wait in Nexus for the end of the answer. */
  queued?: number;
  /** The workspace is not there any more: it can be read, but not continued. */
  workspaceGone?: boolean;
  /** What is taken back until the next message makes it final. */
  revert?: Revert;
}

/** What was changed in one file. */
export interface FileChange {
  /** Inside the workspace. */
  file: string;
  /** Unified diff; absent when it is not known, or the file is not text. */
  patch?: string;
  additions: number;
  deletions: number;
  status: "added" | "modified" | "deleted";
}

/** A message and everything after it that is taken back, or would be, with what goes back in files. */
export interface Revert {
  messageId: string;
  files: FileChange[];
}

export type MessageState = "running" | "complete" | "aborted" | "interrupted" | "failed";

/** One turn. `parts` is absent in events, which tell of parts one by one. */
export interface Message {
  id: string;
  sessionId: string;
  role: "user" | "assistant";
  createdAt: string;
  completedAt?: string;
  state: MessageState;
  /** One sentence, when the state is failed. */
  error?: string;
  /** `provider/model`. */
  model?: string;
  agent?: string;
  /** The message this one answers. */
  parentId?: string;
  cost?: number;
  tokens?: number;
  parts?: Part[];
}

interface AnyPart {
  id: string;
  /** What `text` events name this part by. */
  key: string;
}

/** Text of the answer, or of the model's thinking. */
export interface TextPart extends AnyPart {
  type: "text" | "reasoning";
  text: string;
  startedAt?: string;
  /** Absent while it grows. */
  endedAt?: string;
  /** Text that was added for the model only. */
  hidden?: boolean;
}

export type ToolState = "pending" | "running" | "completed" | "error";

export interface ToolPart extends AnyPart {
  type: "tool";
  tool: string;
  /** What a permission request names this call by. */
  callId: string;
  state: ToolState;
  title?: string;
  input?: Record<string, unknown>;
  output?: string;
  error?: string;
  /** Exit code of a command. */
  exit?: number;
  /** Unified diff of a file it changed. */
  diff?: string;
  /** The session of a sub-agent. */
  childId?: string;
  startedAt?: string;
  endedAt?: string;
}

export interface FilePart extends AnyPart {
  type: "file";
  name: string;
  mime: string;
  /** In bytes. */
  size?: number;
  /** Inside the workspace, for a file that was mentioned. */
  path?: string;
}

export interface PatchPart extends AnyPart {
  type: "patch";
  files: string[];
}

export interface SubtaskPart extends AnyPart {
  type: "subtask";
  agent: string;
  description: string;
}

/** Anything else worth a line. A type that is not known here is shown like one of these. */
export interface NotePart extends AnyPart {
  type: "compaction" | "retry" | "agent";
  text?: string;
}

export type Part = TextPart | ToolPart | FilePart | PatchPart | SubtaskPart | NotePart;

export interface MessagePage {
  messages: Message[];
  /** Where the page before this one ends; null when there is none. */
  before?: string | null;
  /** The event id up to which the running texts are exact. */
  cursor: string;
}

/** A file that goes with a message: uploaded before, one of the workspace, or its content in base64. */
export type Attachment =
  | { upload: string; name?: string; mime?: string }
  | { url: string; name?: string; mime?: string }
  | { name: string; mime: string; data: string };

/** A file that waits to be attached. */
export interface Upload {
  id: string;
  name: string;
  mime: string;
  size: number;
}

export interface Prompt {
  /** The arguments when `command` is set. */
  text: string;
  attachments?: Attachment[];
  model?: string;
  agent?: string;
  /** The same id is never sent twice. */
  clientId?: string;
  /** Name of one of OpenCode's commands. */
  command?: string;
}

/** A message that waits in Nexus for the end of the running answer. */
export interface Waiting {
  messageId: string;
  createdAt: string;
  text: string;
  attachments: { name: string; mime: string; upload?: string; url?: string }[];
  model?: string;
  agent?: string;
  command?: string;
  clientId?: string;
  /** Why OpenCode refused it; it goes out again only when the owner says so. */
  problem?: string;
}

/** What waits in one session, oldest first. */
export interface Queue {
  sessionId: string;
  /** They wait for the owner: the answer before was stopped, failed or was cut off. */
  paused: boolean;
  messages: Waiting[];
}

export interface Todo {
  content: string;
  status: "pending" | "in_progress" | "completed" | "cancelled";
  priority: string;
}

export interface Model {
  /** `provider/model`. */
  id: string;
  name: string;
  provider: string;
  isDefault: boolean;
  /** Canned answers of Nexus itself. */
  demo: boolean;
  /** What it can read: `text`, `image`, `pdf`, …; empty when that is not known. */
  inputs: string[];
}

export interface Agent {
  name: string;
  description?: string;
  mode: "primary" | "subagent" | "all";
  isDefault: boolean;
}

/** A prepared prompt, called by `/name`. */
export interface Command {
  name: string;
  description?: string;
  takesArguments: boolean;
}

/** A message that was found. */
export interface SearchHit {
  sessionId: string;
  sessionTitle: string;
  messageId: string;
  role: "user" | "assistant";
  createdAt: string;
  snippet: string;
  /** Where the words stand in the snippet. */
  marks: { start: number; end: number }[];
}

export interface SearchResult {
  hits: SearchHit[];
  total: number;
  /** False while older messages are still being read. */
  complete: boolean;
}

export interface QuestionOption {
  label: string;
  description?: string;
}

export interface Question {
  question: string;
  header: string;
  options: QuestionOption[];
  /** Several options may be chosen. */
  multiple: boolean;
  /** Own words are taken. */
  custom: boolean;
}

/** Something that waits for the owner. */
export interface Request {
  id: string;
  sessionId: string;
  /** The session that the owner sees: `sessionId` itself, or the one that asked for a helper. */
  rootSessionId: string;
  type: "permission" | "question";
  createdAt: string;
  /** `bash`, `edit`, `webfetch`, …; absent for a question. */
  permission?: string;
  /** What exactly would run or change. */
  patterns?: string[];
  /** What “always” would allow from now on. */
  always?: string[];
  metadata?: Record<string, unknown>;
  messageId?: string;
  callId?: string;
  questions?: Question[];
}

export type ServerState = "stopped" | "starting" | "running" | "stopping" | "failed";

export interface ServerStatus {
  state: ServerState;
  pid?: number;
  version?: string;
  url?: string;
  since?: string;
  /** One sentence, when something is wrong. */
  problem?: string;
  /** Whether the owner wants it to run. */
  wanted?: boolean;
  /** False when the process is somebody else's: it can be used, but not started or stopped. */
  controlled?: boolean;
  exit?: ServerExit;
  /** When it is started again by itself. */
  retryAt?: string;
  /** One sentence when it runs, but something should be looked at. */
  warning?: string;
  /** Absent when nothing was installed and nothing needs to be. */
  install?: Installation;
}

/** How the installation of OpenCode by Nexus stands. */
export interface Installation {
  state: "none" | "running" | "failed" | "done";
  /** What may be asked for: there is no OpenCode, or the one that Nexus installed is too old. */
  offer?: "install" | "update";
  since?: string;
  code?: string;
  /** Why it failed: one sentence, then the last lines that were said. */
  message?: string;
}

/** How a process ended, or why there is none. */
export interface ServerExit {
  cause: string;
  code?: number;
  signal?: number;
  afterReady: boolean;
  at: string;
}

/** When something that died is started again. */
export interface RestartPolicy {
  enabled: boolean;
  maxAttempts: number;
  windowSeconds: number;
  firstDelayMs: number;
  multiplier: number;
  maxDelayMs: number;
  memoryLimitMb: number;
  memoryCeilingMb: number;
  slowRetry: boolean;
  notify: boolean;
}

export type RestartOutcome = "pending" | "recovered" | "failed" | "gave_up" | "superseded";

/** One failure and what was done about it. */
export interface RestartAttempt {
  id: string;
  at: string;
  subject: string;
  cause: string;
  /** One sentence: what happened and what was decided. */
  reason: string;
  exit?: number;
  signal?: number;
  delayMs: number;
  outcome: RestartOutcome;
  /** Milliseconds between the failure and being of use again. */
  tookMs?: number;
}

export type Phase = "stopped" | "starting" | "running" | "stopping" | "backoff" | "failed";
export type Health = "unknown" | "healthy" | "busy" | "wedged" | "leaking" | "unusable";

/** How a supervised thing stands. */
export interface RestartSubject {
  name: string;
  phase: Phase;
  health: Health;
  /** Starts within the present window. */
  attempts: number;
  retryAt?: string;
  reason?: string;
}

export interface Restarts {
  policy: RestartPolicy;
  /** Newest first. */
  attempts: RestartAttempt[];
  subjects: RestartSubject[];
}

/** What is known of a failure. */
export interface PostMortem {
  attempt: RestartAttempt;
  exit?: ServerExit;
  /** The ten minutes before, oldest first. */
  curve: Sample[];
  decisions: string[];
  evidence: { name: string; title: string; text: string }[];
}

/** Memory in bytes and cores in use at one moment. */
export interface Sample {
  at: string;
  rssBytes?: number;
  cpu?: number;
}

/** Whether a thing is so; `unknown` when nobody can tell. */
export type Lamp = "on" | "off" | "unknown";

export type TunnelKind = "quick" | "token" | "credentials";

/** How the way from outside stands. */
export interface TunnelStatus {
  state: "closed" | "opening" | "open" | "failed";
  /** The public address, while there is one. */
  url?: string;
  /** Whether the edge is connected. */
  ready: boolean;
  /** When this state began. */
  since?: string;
  /** One sentence, when something is wrong. */
  problem?: string;
  kind: TunnelKind;
  /** Of cloudflared. */
  version?: string;
  process: { lamp: Lamp; pid?: number };
  edge: { lamp: Lamp; connections?: number; locations: string[] };
  roundTrip: {
    lamp: Lamp;
    delayMillis?: number;
    /** Whether answers are held back until they are complete. */
    streamsHeld?: boolean;
    /** When it was tried last. */
    at?: string;
    problem?: string;
  };
  /** The address before this one, which leads nowhere any more. */
  deadUrl?: string;
}

/** What leads where. */
export interface TunnelRule {
  hostname?: string;
  /** A regular expression. */
  path?: string;
  /** `nexus`, `http://host:port`, `http_status:404`, … */
  service: string;
  /** How the target is asked, as cloudflared names it. */
  originRequest?: Record<string, unknown>;
}

/** What the owner has set for the tunnel. */
export interface TunnelConfig {
  kind: TunnelKind;
  credentialsFile?: string;
  domain?: string;
  autoStart: boolean;
  protocol: "auto" | "http2" | "quic";
  edgeIpVersion: "auto" | "4" | "6";
  region?: string;
  /** First match first; empty leads all to Nexus. */
  ingress: TunnelRule[];
  arguments: string[];
  /** Whether a token is stored; it is never told. */
  tokenSet?: boolean;
}

/** Of a configuration that can be used. */
export interface TunnelCheck {
  ok: boolean;
  warnings: { field: string; message: string }[];
  /** It opens something else than Nexus. */
  needsPassword: boolean;
  /** The `config.yml` that cloudflared would be given. */
  preview: string;
}

/** An address that logs a phone in, once. */
export interface LoginLink {
  url: string;
  /** SVG. */
  qr: string;
  expiresAt: string;
}

export type SettingScalar = string | number | boolean;
export type SettingValue = SettingScalar | SettingScalar[];
export type SettingValues = Record<string, SettingValue>;

export interface SettingField {
  name: string;
  description?: string;
  type: "boolean" | "integer" | "decimal" | "text";
  /** Takes several values. */
  list: boolean;
  standard: SettingValue;
  /** The smallest number, or the shortest text. */
  min?: number;
  /** The largest number, or the longest text. */
  max?: number;
  /** The only values taken; empty when any is. */
  choices: string[];
  /** Its value is not told, only in `<name>Set` whether there is one; of a list the names are: `NAME=••••`. */
  secret?: boolean;
  /** A text that may have several lines. */
  lines?: boolean;
}

/** Settings that belong together. */
export interface SettingGroup {
  name: string;
  title: string;
  fields: SettingField[];
  values: SettingValues;
  /** One sentence when the file of the group was put aside. */
  problem?: string;
}

/** A browser that has logged in. */
export interface Device {
  id: string;
  name: string;
  createdAt: string;
  lastSeenAt: string;
  loggedIn: boolean;
  /** True for the one this page is open on. */
  current?: boolean;
  /** Where it logged in from, if that was through the tunnel: an IP address, or "unknown". */
  address?: string;
}

export type NotificationKind =
  | "needs-me"
  | "finished"
  | "failed"
  | "restarted"
  | "gave-up"
  | "address-changed"
  | "new-device"
  | "threshold";

/** Something the owner is told. */
export interface Notification {
  id: string;
  at: string;
  kind: NotificationKind;
  /** What it is about, for instance `session:ses_1`. */
  subject?: string;
  title: string;
  text: string;
  /** Where it leads to on Nexus. */
  link?: string;
  /** How many of the same it stands for. */
  count: number;
  /** Absent while it is unread. */
  readAt?: string;
}

/** What the owner was told, newest first. */
export interface Notifications {
  notifications: Notification[];
  /** How many there are that were not read, listed here or not. */
  unread: number;
}

/** A way to reach the owner. */
export interface NotificationChannel {
  name: string;
  title: string;
  available: boolean;
  /** Why the last delivery failed. */
  problem?: string;
}

/** Which kinds go where, and the channels that are there now. */
export interface NotificationPreferences {
  kinds: Partial<Record<NotificationKind, string[]>>;
  channels: NotificationChannel[];
}

/** What the owner has set for conversations. */
export interface ChatPreferences {
  /** What "Continue" sends. */
  continuePrompt: string;
}

/** Data of each event, by its name. */
export interface EventData {
  text: { part: string; text: string };
  "chat.part": { sessionId: string; messageId: string; part: Part };
  "chat.part.removed": { sessionId: string; messageId: string; partId: string };
  "chat.message": { sessionId: string; message: Message };
  "chat.message.removed": { sessionId: string; messageId: string };
  "chat.session": Session;
  "chat.session.removed": { sessionId: string };
  "chat.request": Request;
  "chat.request.settled": { id: string };
  "chat.todos": { sessionId: string; todos: Todo[] };
  "chat.queue": Queue;
  /** OpenCode did not take a message after all; it is stored nowhere. */
  "chat.message.refused": { sessionId: string; messageId: string; clientId?: string; reason: string };
  "server.state": ServerStatus;
  "tunnel.state": TunnelStatus;
  "restart.attempt": RestartAttempt;
  "restart.state": RestartSubject;
  settings: { group: string; values: SettingValues; problem?: string };
  notification: Notification;
}
export type EventName = keyof EventData;
