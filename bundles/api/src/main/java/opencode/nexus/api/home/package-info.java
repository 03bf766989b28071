/** The private directory of this Nexus, and how files in it are written. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.home;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
