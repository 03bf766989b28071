package opencode.nexus.testkit.cloudflared;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import opencode.nexus.testkit.cloudflared.Yaml.Node;
import org.jspecify.annotations.Nullable;

/** The rules that lead a visitor to an origin: first match wins, the last one matches everything. */
final class Ingress {
    static final String NONE = "The config file doesn't contain any ingress rules";
    static final String NOT_CATCH_ALL =
            "The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)";

    private final List<Rule> rules;

    /**
     * One rule.
     *
     * @param hostname empty: any; {@code *.example.com}: what is below
     * @param hostHeader empty: the public name
     */
    record Rule(String hostname, @Nullable Pattern path, String service, String hostHeader) {

        boolean matches(String host, String requestPath) {
            return matchesHost(host)
                    && (path == null || path.matcher(requestPath).find());
        }

        private boolean matchesHost(String host) {
            if (hostname.isEmpty() || hostname.equals("*") || hostname.equals(host)) {
                return true;
            }
            return hostname.startsWith("*.") && host.endsWith(hostname.substring(1));
        }
    }

    private Ingress(List<Rule> rules) {
        this.rules = rules;
    }

    /** What a tunnel without any rule has: 503 for everybody. */
    static Ingress none() {
        return new Ingress(List.of(new Rule("", null, "http_status:503", "")));
    }

    static Ingress single(String service, String hostHeader) throws Failure {
        checkService(service);
        return new Ingress(List.of(new Rule("", null, service, hostHeader)));
    }

    /** @throws Failure with the first thing that is wrong, without {@code Validation failed} before it */
    static Ingress of(Node root) throws Failure {
        List<Node> nodes = root.at("ingress").list();
        if (nodes == null || nodes.isEmpty()) {
            throw new Failure(NONE);
        }
        String hostHeader = root.at("originRequest").at("httpHostHeader").scalar();
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            rules.add(rule(nodes.get(i), i, i == nodes.size() - 1, hostHeader));
        }
        return new Ingress(List.copyOf(rules));
    }

    /** The number of the first rule that matches. */
    int match(String host, String path) {
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).matches(host, path)) {
                return i;
            }
        }
        return rules.size() - 1;
    }

    Rule rule(int number) {
        return rules.get(number);
    }

    /** As {@code /config} shows them. */
    List<Map<String, Object>> shown() {
        return rules.stream().map(Ingress::shown).toList();
    }

    private static Map<String, Object> shown(Rule rule) {
        Map<String, Object> shown = new LinkedHashMap<>();
        if (!rule.hostname().isEmpty()) {
            shown.put("hostname", rule.hostname());
        }
        if (rule.path() != null) {
            shown.put("path", rule.path().pattern());
        }
        shown.put("service", rule.service());
        return shown;
    }

    private static Rule rule(Node node, int index, boolean isLast, String hostHeader) throws Failure {
        String service = node.at("service").scalar();
        checkService(service);
        String hostname = node.at("hostname").scalar();
        String path = node.at("path").scalar();
        checkHostname(hostname, path, index, isLast);
        String own = node.at("originRequest").at("httpHostHeader").scalar();
        return new Rule(
                hostname, path.isEmpty() ? null : regex(path, index), service, own.isEmpty() ? hostHeader : own);
    }

    private static void checkHostname(String hostname, String path, int index, boolean isLast) throws Failure {
        if (hostname.contains(":")) {
            throw new Failure("Hostname cannot contain a port");
        }
        if (hostname.lastIndexOf('*') > 0) {
            throw new Failure("Hostname patterns can have at most one wildcard character (\"*\") and it can only be "
                    + "used for subdomains, e.g. \"*.example.com\"");
        }
        boolean matchesAll = (hostname.isEmpty() || hostname.equals("*")) && path.isEmpty();
        if (isLast && !matchesAll) {
            throw new Failure(NOT_CATCH_ALL);
        }
        if (!isLast && matchesAll) {
            throw new Failure("Rule #" + (index + 1) + " is matching the hostname '" + hostname
                    + "', but this will match every hostname, meaning the rules which follow it will never be "
                    + "triggered.");
        }
    }

    private static void checkService(String service) throws Failure {
        if (service.startsWith("unix:") || service.matches("hello[_-]?world")) {
            return;
        }
        if (service.startsWith("http_status:")) {
            String status = service.substring("http_status:".length());
            if (!status.matches("\\d{1,9}")) {
                throw new Failure("invalid HTTP status: strconv.Atoi: parsing \"" + status + "\": invalid syntax");
            }
            return;
        }
        URI address;
        try {
            address = new URI(service);
        } catch (URISyntaxException e) {
            throw new Failure("parse \"" + service + "\": " + e.getReason());
        }
        if (address.getScheme() == null || address.getHost() == null) {
            throw new Failure(service + " is an invalid address, please make sure it has a scheme and a hostname");
        }
        if (!address.getRawPath().isEmpty()) {
            throw new Failure(service + " is an invalid address, ingress rules don't support proxying to a different "
                    + "path on the origin service. The path will be the same as the eyeball request's path");
        }
    }

    private static Pattern regex(String path, int index) throws Failure {
        String invalid = "Rule #" + (index + 1) + " has an invalid regex: error parsing regexp: ";
        // RE2 knows neither looking around nor references back.
        if (path.matches(".*\\(\\?<?[=!].*") || path.matches(".*\\\\[1-9].*")) {
            throw new Failure(invalid + "invalid or unsupported Perl syntax: `" + path + "`");
        }
        try {
            return Pattern.compile(path);
        } catch (PatternSyntaxException e) {
            throw new Failure(invalid + e.getDescription() + ": `" + path + "`");
        }
    }
}
