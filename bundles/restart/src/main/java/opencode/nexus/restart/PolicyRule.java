package opencode.nexus.restart;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.settings.Settings;
import org.osgi.service.component.annotations.Component;

/** Values of the policy that depend on each other. */
@Component(immediate = true, property = Settings.Rule.GROUP + "=" + SupervisedRestarts.GROUP)
public final class PolicyRule implements Settings.Rule {

    @Override
    public List<Field> check(Map<String, Object> values) {
        List<Field> wrong = new ArrayList<>();
        long firstDelay = number(values, "firstDelayMs", Policies.STANDARD.firstDelayMs());
        if (number(values, "maxDelayMs", Policies.STANDARD.maxDelayMs()) < firstDelay) {
            wrong.add(new Field("maxDelayMs", "must be at least firstDelayMs, which is " + firstDelay));
        }
        long limit = number(values, "memoryLimitMb", Policies.STANDARD.memoryLimitMb());
        long ceiling = number(values, "memoryCeilingMb", Policies.STANDARD.memoryCeilingMb());
        if (ceiling != 0 && ceiling < limit) {
            wrong.add(
                    new Field("memoryCeilingMb", "must be 0 for never, or at least memoryLimitMb, which is " + limit));
        }
        return wrong;
    }

    private static long number(Map<String, Object> values, String name, long standard) {
        return values.get(name) instanceof Number number ? number.longValue() : standard;
    }
}
