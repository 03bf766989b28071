import "../shared/base.css";
import "./nx-chat.ts";
import { yieldTo } from "./beat.ts";

yieldTo(window);
