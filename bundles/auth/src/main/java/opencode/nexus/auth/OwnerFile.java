package opencode.nexus.auth;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who the owner is. Three states: nobody yet, somebody, and a file that cannot be understood. The third is closed for
 * good: it takes neither a login nor a new owner until a person has put the file right and started Nexus again.
 */
final class OwnerFile {
    private static final Logger LOG = LoggerFactory.getLogger(OwnerFile.class);

    /** The owner. {@code id} tells one owner from the next, so that nobody inherits the logins of a predecessor. */
    record Owner(String id, String password, Instant createdAt, Instant changedAt) {
        Owner {
            requireNonNull(id);
            requireNonNull(createdAt);
            requireNonNull(changedAt);
            Argon2.requireValid(requireNonNull(password));
        }

        Owner withPassword(String phc, Instant at) {
            return new Owner(id, phc, createdAt, at);
        }

        @Override
        public String toString() {
            return "Owner[" + id + "]";
        }
    }

    private final StateFile<Owner> file;
    private final boolean unreadable;
    private volatile @Nullable Owner owner;

    OwnerFile(NexusHome home) {
        file = new StateFile<>(home, "owner.json", Owner.class);
        boolean closed = false;
        try {
            owner = file.read().orElse(null);
        } catch (StateFile.UnreadableException e) {
            closed = true;
            LOG.error(
                    "{} {}: nobody can log in. Put a good copy there, or delete it to set up again, and restart",
                    file.path(),
                    e.getMessage());
        }
        unreadable = closed;
    }

    /** True only when there is no owner file at all. */
    boolean absent() {
        return !unreadable && owner == null;
    }

    Optional<Owner> find() {
        return Optional.ofNullable(owner);
    }

    /** UNAVAILABLE {@code credentials-unreadable}; CONFLICT {@code not-set-up}. */
    Owner require() {
        requireReadable();
        Owner known = owner;
        if (known == null) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT, "not-set-up", "There is no owner yet. Open the setup link first.");
        }
        return known;
    }

    /** UNAVAILABLE {@code credentials-unreadable}; CONFLICT {@code already-set-up}. */
    void requireAbsent() {
        requireReadable();
        if (owner != null) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT,
                    "already-set-up",
                    "OpenCode Nexus has an owner already. Log in instead.");
        }
    }

    void write(Owner next) {
        file.write(next);
        owner = next;
    }

    private void requireReadable() {
        if (unreadable) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "credentials-unreadable",
                    "The file with the password cannot be read, so nobody can log in. Put a good copy of "
                            + "state/auth/owner.json into the Nexus home, or delete it to set up again, and restart Nexus.");
        }
    }
}
