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

export interface Attachment {
  name: string;
  mime: string;
  /** Base64. */
  data: string;
}

export interface Prompt {
  text: string;
  attachments?: Attachment[];
  model?: string;
  agent?: string;
  /** The same id is never sent twice. */
  clientId?: string;
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
  "server.state": ServerStatus;
}
export type EventName = keyof EventData;
