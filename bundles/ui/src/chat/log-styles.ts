// The styles of what is fetched when a card is opened: a style sheet that only a late import reaches is not loaded.
import "./fold.css";
import "./history.css";
import "./nx-agent.css";
import "./nx-code.css";
import "./nx-diff.css";
import "./nx-file.css";
import "./nx-log.css";
import "./nx-markdown.css";
import "./nx-todos.css";
import "./nx-turn.css";
