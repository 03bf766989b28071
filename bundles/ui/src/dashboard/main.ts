import "../shared/base.css";
import "../shared/say.ts";
import "./dashboard.ts";
import { takeCode } from "../shared/code.ts";

// As on the page with the sessions: a login link that was not needed leaves its code in the address.
takeCode();
