package opencode.nexus.api.log;

/** How much a line matters, least first. In JSON and settings in lower case. */
public enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR
}
