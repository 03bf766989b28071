/** Tells the owner what happened while nobody looked. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.notify;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
