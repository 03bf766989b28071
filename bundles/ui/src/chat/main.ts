import "../shared/base.css";
import "./nx-chat.ts";
import { takeCode } from "../shared/code.ts";
import { yieldTo } from "./beat.ts";

// Who is logged in already is sent here by a login link, with its code: it is not used, and does not stay in the address.
takeCode();
yieldTo(window);
