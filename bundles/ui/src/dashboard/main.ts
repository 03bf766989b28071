import "../shared/base.css";
import "../shared/say.ts";
import "./dashboard.ts";
