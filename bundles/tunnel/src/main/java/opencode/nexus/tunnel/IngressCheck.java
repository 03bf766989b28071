package opencode.nexus.tunnel;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import org.jspecify.annotations.Nullable;

/** Checks the rules by which a tunnel leads to its targets. */
final class IngressCheck {
    private static final int MOST = 50;
    private static final Set<String> SCHEMES =
            Set.of("http", "https", "tcp", "ssh", "rdp", "smb", "ws", "wss", "unix", "unix+tls");
    private static final Pattern STATUS = Pattern.compile("http_status:([1-5][0-9]{2})");

    private final List<TunnelProblem> found = new ArrayList<>();

    private IngressCheck() {}

    static List<TunnelProblem> check(TunnelConfig config) {
        IngressCheck check = new IngressCheck();
        List<Rule> rules = config.ingress();
        if (rules.size() > MOST) {
            check.wrong("ingress", "has more than " + MOST + " rules");
            return check.found;
        }
        for (int i = 0; i < rules.size(); i++) {
            String field = "ingress[" + i + "]";
            check.rule(field, rules.get(i), config);
            check.shadow(field, rules, i);
        }
        return check.found;
    }

    private void rule(String field, Rule rule, TunnelConfig config) {
        String hostname = rule.hostname();
        if (hostname != null) {
            if (config.kind() == Kind.QUICK) {
                wrong(field + ".hostname", "must be empty: nobody knows the name of a quick tunnel beforehand");
            } else {
                String problem = HostNames.problem(hostname.startsWith("*.") ? hostname.substring(2) : hostname);
                if (problem != null) {
                    wrong(field + ".hostname", problem);
                }
            }
        }
        if (rule.path() != null) {
            String problem = PathPattern.problem(rule.path());
            if (problem != null) {
                wrong(field + ".path", problem);
            }
        }
        String problem = service(rule.service());
        if (problem != null) {
            wrong(field + ".service", problem);
        } else if (isPastTheLogin(rule.service())) {
            found.add(new TunnelProblem(
                    field + ".service",
                    "leads past the login of Nexus, to a program that everybody may then reach",
                    Severity.NEEDS_PASSWORD));
        }
        OriginOptions.check(field + ".originRequest", rule.originRequest(), this::wrong);
    }

    /** A rule that an earlier one always wins over would never be used. */
    private void shadow(String field, List<Rule> rules, int index) {
        for (int earlier = 0; earlier < index; earlier++) {
            Rule first = rules.get(earlier);
            Rule second = rules.get(index);
            if (same(first.hostname(), second.hostname())
                    && nullToEmpty(first.path()).equals(nullToEmpty(second.path()))) {
                wrong(field, "is for the same as ingress[" + earlier + "]; remove one of them");
                return;
            }
            boolean anyPath = first.path() == null || first.path().isEmpty();
            if (anyPath && covers(first.hostname(), second.hostname())) {
                wrong(field, "is never reached, since ingress[" + earlier + "] matches all of it; move it up");
                return;
            }
        }
    }

    private static boolean covers(@Nullable String first, @Nullable String second) {
        if (first == null || first.isEmpty() || same(first, second)) {
            return true;
        }
        return second != null
                && first.startsWith("*.")
                && HostNames.ascii(second).endsWith("." + HostNames.ascii(first.substring(2)));
    }

    private static boolean same(@Nullable String one, @Nullable String other) {
        return HostNames.ascii(nullToEmpty(one)).equals(HostNames.ascii(nullToEmpty(other)));
    }

    private static String nullToEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable String service(String service) {
        if (service.equals(TunnelConfig.NEXUS)) {
            return null;
        }
        if (STATUS.matcher(service).matches()) {
            return null;
        }
        String right = "must be nexus, http_status:404, or like http://127.0.0.1:8080";
        if (service.startsWith("http_status:")) {
            return "must be http_status: and a number from 100 to 599";
        }
        if (service.chars().anyMatch(c -> c <= ' ')) {
            return "must not have spaces; it " + right;
        }
        if (service.startsWith("unix:") || service.startsWith("unix+tls:")) {
            return service.substring(service.indexOf(':') + 1).startsWith("/") ? null : "needs an absolute path";
        }
        try {
            URI uri = new URI(service);
            String scheme = uri.getScheme();
            if (scheme == null || !SCHEMES.contains(scheme) || uri.getHost() == null) {
                return right;
            }
            if (uri.getRawUserInfo() != null) {
                return "must not hold a user or password";
            }
            if (!uri.getRawPath().isEmpty() || uri.getRawQuery() != null || uri.getRawFragment() != null) {
                return "must not have a path; requests keep their own";
            }
            return uri.getPort() == 0 || uri.getPort() > 65_535 ? "has no possible port" : null;
        } catch (URISyntaxException e) {
            return right;
        }
    }

    /** Names are not looked up, since whoever owns one may let it lead to this machine tomorrow: all others count. */
    private static boolean isPastTheLogin(String service) {
        return !service.equals(TunnelConfig.NEXUS) && !STATUS.matcher(service).matches();
    }

    private void wrong(String field, String message) {
        found.add(new TunnelProblem(field, message, Severity.ERROR));
    }
}
