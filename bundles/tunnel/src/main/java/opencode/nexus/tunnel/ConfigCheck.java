package opencode.nexus.tunnel;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import org.jspecify.annotations.Nullable;

/** Our own check of a configuration, which needs no cloudflared. */
final class ConfigCheck {
    private static final int MOST_ARGUMENTS = 20;
    private static final Pattern REGION = Pattern.compile("us");

    private ConfigCheck() {}

    /** @param stored the token that is stored already */
    static List<TunnelProblem> check(TunnelConfig config, @Nullable String stored) {
        List<TunnelProblem> found = new ArrayList<>();
        String token = config.token();
        if (token != null && !token.isEmpty()) {
            add(found, "token", Secrets.token(token).problem());
        }
        switch (config.kind()) {
            case QUICK -> {
                if (config.domain() != null && !config.domain().isEmpty()) {
                    add(found, "domain", "must be empty: a quick tunnel gets a name by itself");
                }
            }
            case TOKEN -> {
                boolean none = token == null ? stored == null : token.isEmpty();
                add(found, "token", none ? "is needed; the Cloudflare dashboard shows it behind --token" : null);
                domain(config, found);
            }
            case CREDENTIALS -> {
                credentials(config, token == null ? stored : token, found);
                if (config.domain() == null || config.domain().isEmpty()) {
                    add(
                            found,
                            "domain",
                            "is needed: the name that was given to the tunnel, for instance nexus.example.com");
                } else {
                    domain(config, found);
                }
            }
        }
        if (config.region() != null
                && !config.region().isEmpty()
                && !REGION.matcher(config.region()).matches()) {
            add(found, "region", "must be us or empty");
        }
        found.addAll(IngressCheck.check(config));
        if (config.arguments().size() > MOST_ARGUMENTS) {
            add(found, "arguments", "are more than " + MOST_ARGUMENTS);
        } else {
            for (int i = 0; i < config.arguments().size(); i++) {
                add(found, "arguments[" + i + "]", ArgumentRules.problem(config.arguments(), i));
            }
        }
        return found;
    }

    /** @throws NexusException INVALID naming all errors, when there is one */
    static void mustBeRight(List<TunnelProblem> found) {
        List<Field> errors = found.stream()
                .filter(problem -> problem.severity() == Severity.ERROR)
                .map(problem -> new Field(problem.field(), problem.message()))
                .toList();
        if (!errors.isEmpty()) {
            throw NexusException.invalid(errors);
        }
    }

    private static void domain(TunnelConfig config, List<TunnelProblem> found) {
        if (config.domain() != null && !config.domain().isEmpty()) {
            add(found, "domain", HostNames.problem(config.domain()));
        }
    }

    private static void credentials(TunnelConfig config, @Nullable String token, List<TunnelProblem> found) {
        String file = config.credentialsFile();
        if (file == null || file.isEmpty()) {
            add(found, "credentialsFile", "is needed: the JSON file that \"cloudflared tunnel create\" wrote");
            return;
        }
        Secrets.Found credentials = Secrets.credentials(file);
        add(found, "credentialsFile", credentials.problem());
        if (credentials.problem() != null || token == null || token.isEmpty()) {
            return;
        }
        Secrets.Found other = Secrets.token(token);
        if (other.problem() == null && !other.tunnelId().equals(credentials.tunnelId())) {
            found.add(new TunnelProblem(
                    "credentialsFile",
                    "is of another tunnel than the token that is stored; forget the token if this is meant",
                    Severity.WARNING));
        }
    }

    private static void add(List<TunnelProblem> found, String field, @Nullable String problem) {
        if (problem != null) {
            found.add(new TunnelProblem(field, problem, Severity.ERROR));
        }
    }
}
