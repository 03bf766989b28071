package opencode.nexus.api.log;

import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Knows secrets that must never be shown. A whiteboard service. Asked again every few seconds and whenever the service
 * changes; must return at once and without a look at the disk.
 */
@ConsumerType
public interface SecretSource {

    /** Each as it is; those of less than six characters are left out, since they would be found everywhere. */
    Set<String> secrets();
}
