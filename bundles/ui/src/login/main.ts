import "../shared/base.css";
import "../shared/say.ts";
import "./login.ts";
