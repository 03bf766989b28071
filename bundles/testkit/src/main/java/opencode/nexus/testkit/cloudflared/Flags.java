package opencode.nexus.testkit.cloudflared;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The commands and flags that exist, with the variable of each, as recorded from cloudflared 2026.8.2. */
final class Flags {
    static final Set<String> COMMANDS = Set.of(
            "version",
            "tunnel",
            "tunnel run",
            "tunnel ready",
            "tunnel ingress",
            "tunnel ingress validate",
            "tunnel ingress rule");

    static final Map<String, String> VARIABLES = variables();

    private static final Set<String> TUNNEL = Set.of(
            "config",
            "no-autoupdate",
            "autoupdate-freq",
            "metrics",
            "loglevel",
            "transport-loglevel",
            "output",
            "logfile",
            "log-directory",
            "edge",
            "edge-ip-version",
            "edge-bind-address",
            "region",
            "retries",
            "grace-period",
            "pidfile",
            "cacert",
            "origincert",
            "quick-service",
            "no-prechecks",
            "hostname",
            "name",
            "tag",
            "id",
            "ha-connections",
            "management-diagnostics",
            "stdin-control",
            "dial-edge-timeout");
    private static final Set<String> RUN =
            Set.of("token", "token-file", "credentials-file", "cred-file", "credentials-contents", "features", "label");
    private static final Set<String> BOTH = Set.of(
            "protocol",
            "post-quantum",
            "url",
            "unix-socket",
            "http-host-header",
            "hello-world",
            "no-tls-verify",
            "origin-server-name",
            "no-chunked-encoding",
            "http2-origin",
            "proxy-connect-timeout");
    private static final Set<String> SWITCHES = Set.of(
            "no-autoupdate",
            "no-prechecks",
            "post-quantum",
            "hello-world",
            "no-tls-verify",
            "no-chunked-encoding",
            "http2-origin",
            "management-diagnostics",
            "stdin-control",
            "version",
            "short",
            "help",
            "v",
            "V",
            "s",
            "h");
    private static final Map<String, String> SINCE =
            Map.of("output", "2025.6.1", "token-file", "2025.4.0", "no-prechecks", "2026.5.0");

    private Flags() {}

    static boolean isKnown(String name, List<String> command, String version) {
        if (Versions.isBefore(version, SINCE.getOrDefault(name, "0"))) {
            return false;
        }
        if (Set.of("help", "h").contains(name)) {
            return true;
        }
        return switch (String.join(" ", command)) {
            case "" -> Set.of("version", "v", "V").contains(name) || TUNNEL.contains(name) || BOTH.contains(name);
            case "version" -> Set.of("short", "s").contains(name);
            case "tunnel" ->
                TUNNEL.contains(name) || BOTH.contains(name) || RUN.contains(name) && !name.startsWith("token");
            case "tunnel run" -> RUN.contains(name) || BOTH.contains(name);
            default -> false;
        };
    }

    static boolean isSwitch(String name) {
        return SWITCHES.contains(name);
    }

    private static Map<String, String> variables() {
        Map<String, String> variables = new HashMap<>();
        Set<String> plain = new HashSet<>(Arrays.asList(
                "metrics",
                "loglevel",
                "logfile",
                "edge",
                "edge-ip-version",
                "edge-bind-address",
                "region",
                "retries",
                "grace-period",
                "pidfile",
                "cacert",
                "hostname",
                "name",
                "tag",
                "id",
                "token",
                "token-file",
                "url",
                "unix-socket",
                "http-host-header",
                "hello-world",
                "post-quantum",
                "origin-server-name",
                "management-diagnostics"));
        plain.forEach(flag -> variables.put(flag, "TUNNEL_" + flag.toUpperCase().replace('-', '_')));
        variables.put("transport-loglevel", "TUNNEL_TRANSPORT_LOGLEVEL");
        variables.put("output", "TUNNEL_LOG_OUTPUT");
        variables.put("log-directory", "TUNNEL_LOGDIRECTORY");
        variables.put("protocol", "TUNNEL_TRANSPORT_PROTOCOL");
        variables.put("credentials-file", "TUNNEL_CRED_FILE");
        variables.put("credentials-contents", "TUNNEL_CRED_CONTENTS");
        variables.put("origincert", "TUNNEL_ORIGIN_CERT");
        variables.put("no-autoupdate", "NO_AUTOUPDATE");
        variables.put("no-tls-verify", "NO_TLS_VERIFY");
        variables.put("stdin-control", "STDIN_CONTROL");
        variables.put("dial-edge-timeout", "DIAL_EDGE_TIMEOUT");
        return Map.copyOf(variables);
    }
}
