import "../shared/base.css";
import "./nx-chat.ts";
